#!/usr/bin/env bash
# aiohttp 3.14.5, the compiled HttpRequestParser: a method that its parser does not list is a BadHttpMethod (RFC 9110, 9.1
# lets any token be one; a server answers 501 to what it does not know). When such a request comes in the same bytes as
# requests before it, feed_data raises and gives back none of them: two good GETs get no answer of their own. In
# pieces of their own both are given first. What a pipelining client gets depends on how its bytes were cut.
# Seen: the three lines at the end.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check aiohttp==3.14.5
"$folder/venv/bin/python" - > "$folder/seen" <<'PYTHON'
import asyncio
from types import SimpleNamespace

from aiohttp.http_parser import HttpRequestParserC


def request(method: str, path: str) -> bytes:
    return f"{method} {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode()


async def main() -> None:
    def fed(*pieces: bytes) -> list[str]:
        protocol = SimpleNamespace(pause_reading=print, resume_reading=print, _reading_paused=False)
        parser = HttpRequestParserC(protocol, asyncio.get_running_loop(), 2**16)
        seen = []
        for piece in pieces:
            try:
                messages, _, _ = parser.feed_data(piece)
                seen += [f"{message.method} {message.path}" for message, _ in messages]
            except Exception as error:
                seen.append(type(error).__name__)
        return seen

    one, two, three = request("GET", "/1"), request("GET", "/2"), request("BREW", "/3")
    print("together:", *fed(one + two + three))
    print("apart:", *fed(one, two, three))
    print("a listed one, together:", *fed(one + two + request("PURGE", "/3")))


asyncio.run(main())
PYTHON
cat "$folder/seen"
diff "$folder/seen" - <<'SEEN'
together: BadHttpMethod
apart: GET /1 GET /2 BadHttpMethod
a listed one, together: GET /1 GET /2 PURGE /3
SEEN
