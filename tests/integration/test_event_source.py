"""EventSource of a function, against a backend that says what it is told to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from backend import Asked, Client, backend

from edgehost.config import Network

# Answers with what happened until CODE calls end().
PROBE = """
export default { async fetch(request, env) {
  const told = [];
  await new Promise((end) => {
    try {
      const source = new EventSource(env.URL);
      source.onopen = () => told.push(['open', source.readyState]);
      source.onerror = (event) => told.push(['error', source.readyState, event.message ?? '']);
      const tell = ({ type, data, lastEventId, origin }) => told.push([type, data, lastEventId, origin === new URL(env.URL).origin]);
      source.onmessage = tell;
      CODE
    } catch (error) { told.push([error.name]); end(); }
  });
  return Response.json(told);
} };
"""
HEAD = "HTTP/1.1 200 OK\nContent-Type: text/event-stream;charset=UTF-8\n\n"


@pytest.fixture
def probe(serve: Any) -> Callable[..., Any]:
    async def run(url: str, code: str, **more: Any) -> Any:
        server = await serve(PROBE.replace("CODE", code), env={"URL": url}, **more)
        return json.loads(await server.text())

    return run


def saying(*streams: bytes) -> Callable[[Client], Any]:
    """Each connection's stream, and then its end; the last one stays open."""
    left = list(streams)

    async def serve(client: Client) -> None:
        asked.append(await client.request())
        stream = left.pop(0)
        client.say(HEAD)
        for at in range(0, len(stream), 7):  # cut anywhere
            client.say(stream[at : at + 7])
            await client.writer.drain()
        if not left:
            await client.reader.read()

    asked: list[Asked] = []
    serve.asked = asked  # type: ignore[attr-defined]
    return serve


async def test_events_are_what_the_stream_says(probe: Any) -> None:
    stream = (
        "\ufeff: a comment\ndata: one\n\nevent: named\r\nid: 7\r\ndata:two\r\ndata\r\ndata:  three\r\n\r\n"
        "data: ü\rid: 8\r\rid: no\0\ndata: end\n\nevent: empty\n\ndata: unfinished"
    ).encode()
    async with backend(saying(stream)) as there:
        told = await probe(
            f"{there.url}/",
            "source.addEventListener('named', tell);"
            "source.addEventListener('message', ({ data }) => { if (data === 'end') { source.close(); end(); } });",
        )
    assert told == [
        ["open", 1],
        ["message", "one", "", True],
        ["named", "two\n\n three", "7", True],
        ["message", "ü", "8", True],
        ["message", "end", "8", True],
    ]


async def test_it_asks_as_an_event_source_and_goes_on_where_it_was(probe: Any) -> None:
    serve: Any = saying(
        "retry: 20\nid: äö\ndata: first\n\nid: lost\n".encode(), b"data: second\n\n"
    )
    async with backend(serve) as there:
        told = await probe(
            f"{there.url}/",
            "source.addEventListener('message', ({ data }) => { if (data === 'second') { source.close(); end(); } });",
        )
    assert told == [
        ["open", 1],
        ["message", "first", "äö", True],
        ["error", 0, ""],
        ["open", 1],
        ["message", "second", "äö", True],
    ]
    first, second = serve.asked
    assert (first.get("accept"), first.get("cache-control")) == ("text/event-stream", "no-cache")
    assert first.get("last-event-id") is None
    assert second.get("last-event-id") == "äö".encode().decode("latin-1")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("HTTP/1.1 404 No\nContent-Length: 0\n\n", "the status 404"),
        ("HTTP/1.1 204 No\n\n", "the status 204"),
        ("HTTP/1.1 200 OK\nContent-Length: 0\n\n", "no text/event-stream"),
        (HEAD.replace("event-stream", "plain"), "no text/event-stream"),
    ],
)
async def test_an_answer_that_is_no_stream_fails_it_for_good(
    probe: Any, said: str, why: str
) -> None:
    async with backend(said) as there:
        told = await probe(f"{there.url}/", "source.addEventListener('error', end);")
        assert there.connections == 1
    ((name, state, message),) = told
    assert (name, state) == ("error", 2)
    assert why in message


async def test_what_is_not_allowed_is_not_tried_again(probe: Any) -> None:
    told = await probe(
        "http://127.0.0.1:9/",
        "source.addEventListener('error', end);",
        network=Network(production=True),
    )
    assert told[0][:2] == ["error", 2]
    assert "(--allow-net)" in told[0][2]


async def test_a_url_that_is_none_is_a_syntax_error(probe: Any) -> None:
    assert await probe("http://[", "") == [["SyntaxError"]]


async def test_a_close_ends_the_connection(probe: Any) -> None:
    closed = asyncio.Event()

    async def serve(client: Client) -> None:
        await client.request()
        client.say(HEAD)
        try:
            await client.reader.read()
        finally:
            closed.set()

    async with backend(serve) as there:
        await probe(
            f"{there.url}/",
            "source.addEventListener('open', () => { source.close(); told.push(source.readyState); end(); });",
        )
        await closed.wait()
