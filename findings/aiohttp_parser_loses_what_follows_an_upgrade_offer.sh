#!/usr/bin/env bash
# aiohttp 3.14.5, the compiled HttpRequestParser: a request that offers an upgrade which aiohttp does not do (h2c), and a
# second request in the same bytes. RFC 9110, 7.8 lets a server ignore the offer; the second request is then an
# ordinary one. The parser gives the first message, says that nothing was upgraded, returns no rest, and the second request
# is gone without a word. With the same bytes in two pieces both requests come. An offer that names websocket as its
# second choice loses what stands behind it in the same way, where "websocket" alone gives it back as the rest.
# Seen: the four lines at the end.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check aiohttp==3.14.5
"$folder/venv/bin/python" - > "$folder/seen" <<'PYTHON'
import asyncio
from types import SimpleNamespace

from aiohttp.http_parser import HttpRequestParserC


def request(path: str, offer: str = "") -> bytes:
    upgrade = f"Connection: Upgrade\r\nUpgrade: {offer}\r\n" if offer else ""
    return f"GET {path} HTTP/1.1\r\nHost: a\r\n{upgrade}\r\n".encode()


async def main() -> None:
    def fed(*pieces: bytes) -> str:
        protocol = SimpleNamespace(pause_reading=print, resume_reading=print, _reading_paused=False)
        parser = HttpRequestParserC(protocol, asyncio.get_running_loop(), 2**16)
        paths, rest = [], b""
        for piece in pieces:
            messages, upgraded, tail = parser.feed_data(piece)
            paths += [message.path for message, _ in messages]
            rest += tail
        return f"requests {' '.join(paths)}, upgraded {bool(upgraded)}, rest {rest.decode()!r}"

    print("h2c, together:", fed(request("/1", "h2c") + request("/2")))
    print("h2c, apart:", fed(request("/1", "h2c"), request("/2")))
    print("h2c, websocket:", fed(request("/1", "h2c, websocket") + b"more"))
    print("websocket:", fed(request("/1", "websocket") + b"more"))


asyncio.run(main())
PYTHON
cat "$folder/seen"
diff "$folder/seen" - <<'SEEN'
h2c, together: requests /1, upgraded False, rest ''
h2c, apart: requests /1 /2, upgraded False, rest ''
h2c, websocket: requests /1, upgraded False, rest ''
websocket: requests /1, upgraded True, rest 'more'
SEEN
