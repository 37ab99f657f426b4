"""upgradeWebSocket(request, options): what it throws, answers and leaves to others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from wired import Function

Load = Callable[..., Awaitable[Function]]

# The result of trying: an error's class and message, or the status.
TRY = """
const log = (...items) => console.log(JSON.stringify(items));
const attempt = (use) => {
  try {
    return use();
  } catch (error) {
    log(error.constructor.name, error.message);
    return null;
  }
};
"""


@pytest.fixture
async def load(tmp_path: Path) -> AsyncIterator[Load]:
    functions = []

    async def start(source: str, **limits: Any) -> Function:
        functions.append(await Function.load(tmp_path, TRY + source, **limits))
        return functions[-1]

    yield start
    for function in functions:
        function.worker.close()


def trying(expression: str) -> str:
    return f"""
    export default {{
      fetch(request) {{
        return attempt(() => {expression})?.response ?? new Response('refused', {{ status: 499 }});
      }},
    }};
    """


ORDINARY = trying("upgradeWebSocket(request)")


# What throws


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({"upgrade": None}, "the request's 'upgrade' header does not contain 'websocket'"),
        ({"upgrade": "h2c"}, "the request's 'upgrade' header does not contain 'websocket'"),
        ({"upgrade": "websocket2"}, "the request's 'upgrade' header does not contain 'websocket'"),
        ({"upgrade": ""}, "the request's 'upgrade' header does not contain 'websocket'"),
        ({"connection": None}, "the request's 'connection' header does not contain 'upgrade'"),
        (
            {"connection": "keep-alive"},
            "the request's 'connection' header does not contain 'upgrade'",
        ),
        (
            {"connection": "upgrades, x"},
            "the request's 'connection' header does not contain 'upgrade'",
        ),
        ({"sec_websocket_key": None}, "the request has no 'sec-websocket-key' header"),
    ],
)
async def test_a_request_that_is_no_handshake_throws(load, headers, message):
    function = await load(ORDINARY)
    exchange = function.request(**headers)
    assert exchange.response.status == 499
    assert exchange.wire is None
    assert function.log == [["TypeError", f"upgradeWebSocket: {message}"]]


@pytest.mark.parametrize(
    "headers",
    [
        {"upgrade": "WebSocket"},
        {"upgrade": "h2c,  WEBSOCKET , x"},
        {"connection": "keep-alive, Upgrade"},
        {"connection": "UPGRADE"},
        {"connection": " , upgrade"},
    ],
)
async def test_tokens_stand_in_lists_and_in_any_case(load, headers):
    function = await load(ORDINARY)
    assert function.request(**headers).response.status == 101
    assert function.log == []


@pytest.mark.parametrize(
    "argument",
    [
        "",
        "undefined",
        "null",
        "{}",
        "'request'",
        "{ headers: request.headers }",
        "Object.create(Request.prototype)",
    ],
)
async def test_what_is_no_request_throws(load, argument):
    function = await load(trying(f"upgradeWebSocket({argument})"))
    assert function.request().response.status == 499
    assert function.log[0][0] == "TypeError"


async def test_a_request_that_the_function_made_throws(load):
    function = await load(
        trying("upgradeWebSocket(new Request('http://localhost/', { headers: request.headers }))")
    )
    assert function.request().response.status == 499
    assert function.log == [
        ["TypeError", "upgradeWebSocket: the request did not arrive from a client"]
    ]


@pytest.mark.parametrize("other", ["request", "request.clone()", "new Request(request)"])
async def test_a_request_can_be_upgraded_once(load, other):
    function = await load(
        f"""
        export default {{
          fetch(request) {{
            const {{ response }} = upgradeWebSocket(request);
            attempt(() => upgradeWebSocket({other}));
            return response;
          }},
        }};
        """
    )
    exchange = function.request()
    assert exchange.response.status == 101
    assert function.log == [["TypeError", "upgradeWebSocket: the request was already upgraded"]]


async def test_a_request_that_was_answered_cannot_be_upgraded(load):
    function = await load(
        """
        let kept;
        export default {
          fetch(request) {
            if (kept !== undefined) attempt(() => upgradeWebSocket(kept));
            kept = request;
            return new Response('done');
          },
        };
        """
    )
    function.request()
    function.request()
    assert function.log == [["TypeError", "upgradeWebSocket: the request was already answered"]]


async def test_an_upgraded_request_cannot_be_upgraded_after_its_answer(load):
    function = await load(
        """
        let kept;
        export default {
          fetch(request) {
            if (kept !== undefined) attempt(() => upgradeWebSocket(kept));
            kept = request;
            return upgradeWebSocket(request).response;
          },
        };
        """
    )
    assert function.request().response.status == 101
    assert function.request().response.status == 101
    assert function.log == [["TypeError", "upgradeWebSocket: the request was already answered"]]


@pytest.mark.parametrize("protocol", ["chat", "CHAT.v1", "chat.v1, chat.v2", " "])
async def test_a_protocol_that_was_not_offered_throws(load, protocol):
    function = await load(trying(f"upgradeWebSocket(request, {{ protocol: {protocol!r} }})"))
    exchange = function.request(sec_websocket_protocol="chat.v1, chat.v2")
    assert exchange.response.status == 499
    message = f"upgradeWebSocket: the client did not offer the subprotocol '{protocol}'"
    assert function.log == [["TypeError", message]]


@pytest.mark.parametrize("value", ["-1", "NaN", "Infinity", "'soon'"])
async def test_an_idle_timeout_that_is_no_time_throws(load, value):
    function = await load(trying(f"upgradeWebSocket(request, {{ idleTimeout: {value} }})"))
    assert function.request().response.status == 499
    assert function.log[0][0] == "RangeError"


@pytest.mark.parametrize("options", ["1", "'x'", "true"])
async def test_options_that_are_no_dictionary_throw(load, options):
    function = await load(trying(f"upgradeWebSocket(request, {options})"))
    assert function.request().response.status == 499
    assert function.log[0][0] == "TypeError"


async def test_a_throw_does_not_use_the_request_up(load):
    function = await load(
        """
        export default {
          fetch(request) {
            attempt(() => upgradeWebSocket(request, { protocol: 'none' }));
            attempt(() => upgradeWebSocket(request, { idleTimeout: -1 }));
            return upgradeWebSocket(request).response;
          },
        };
        """
    )
    assert function.request().response.status == 101
    assert len(function.log) == 2


# What is answered


async def test_the_answer_and_the_socket(load):
    function = await load(
        """
        export default {
          fetch(request) {
            const upgraded = upgradeWebSocket(request);
            const { response, socket } = upgraded;
            log(Object.keys(upgraded), response instanceof Response, socket instanceof WebSocket);
            log(response.status, response.statusText, response.body, [...response.headers]);
            log(socket.readyState, socket.url, socket.protocol, socket.extensions, socket.binaryType);
            return response;
          },
        };
        """
    )
    wire = function.request("/chat?a=1").wire
    assert wire is not None
    assert wire.upgrade.idle_seconds == 30
    assert function.log == [
        [["response", "socket"], True, True],
        [
            101,
            "Switching Protocols",
            None,
            [
                ["connection", "Upgrade"],
                ["sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="],
                ["upgrade", "websocket"],
            ],
        ],
        [0, "ws://localhost:8080/chat?a=1", "", "", "arraybuffer"],
    ]


@pytest.mark.parametrize(
    ("options", "seconds"),
    [
        ("undefined", 30),
        ("null", 30),
        ("{}", 30),
        ("{ idleTimeout: undefined }", 30),
        ("{ idleTimeout: 0 }", 0),
        ("{ idleTimeout: 0.5 }", 0.5),
        ("{ idleTimeout: '7' }", 7),
        ("{ idleTimeout: 1e12 }", 1e12),
    ],
)
async def test_the_idle_timeout_is_handed_on(load, options, seconds):
    function = await load(trying(f"upgradeWebSocket(request, {options})"))
    wire = function.request().wire
    assert wire is not None
    assert wire.upgrade.idle_seconds == seconds


@pytest.mark.parametrize(
    ("options", "chosen"),
    [
        ("{}", None),
        ("{ protocol: '' }", None),
        ("{ protocol: undefined }", None),
        ("{ protocol: 'two' }", "two"),
        ("{ protocol: { toString: () => 'three' } }", "three"),
    ],
)
async def test_the_chosen_protocol_is_answered_once(load, options, chosen):
    function = await load(
        f"""
        export default {{
          fetch(request) {{
            const {{ response, socket }} = upgradeWebSocket(request, {options});
            log(socket.protocol);
            return response;
          }},
        }};
        """
    )
    exchange = function.request(sec_websocket_protocol="one,two , three")
    answered = [
        value for name, value in exchange.response.headers if name == "sec-websocket-protocol"
    ]
    assert answered == ([chosen] if chosen else [])
    assert function.log == [[chosen or ""]]


async def test_headers_can_be_added_to_the_answer(load):
    function = await load(
        """
        export default {
          fetch(request) {
            const { response } = upgradeWebSocket(request);
            response.headers.append('set-cookie', 'a=1');
            response.headers.append('set-cookie', 'b=2');
            return response;
          },
        };
        """
    )
    headers = function.request().response.headers
    assert [value for name, value in headers if name == "set-cookie"] == ["a=1", "b=2"]


# What the client did wrong


@pytest.mark.parametrize(
    ("headers", "status", "answered"),
    [
        ({"sec_websocket_version": "8"}, 426, ("sec-websocket-version", "13")),
        ({"sec_websocket_version": None}, 426, ("sec-websocket-version", "13")),
        ({"sec_websocket_version": "13, 8"}, 426, ("upgrade", "websocket")),
        ({"sec_websocket_key": "AAAA"}, 400, None),
        ({"sec_websocket_key": ""}, 400, None),
        ({"method": "POST", "body": b"x"}, 405, ("allow", "GET")),
    ],
)
async def test_a_fault_of_the_client_is_answered_and_ends_the_socket(
    load, headers, status, answered
):
    function = await load(
        """
        export default {
          fetch(request) {
            const { response, socket } = upgradeWebSocket(request);
            socket.onopen = () => log('open');
            socket.onerror = ({ message }) => log('error', socket.readyState, message.length > 0);
            socket.onclose = ({ code, wasClean }) => log('close', socket.readyState, code, wasClean);
            return response;
          },
        };
        """
    )
    exchange = function.request(**headers)
    assert exchange.wire is None
    assert exchange.response.status == status
    assert answered is None or answered in exchange.response.headers
    assert function.log == [["error", 3, True], ["close", 3, 1006, False]]
    assert function.errors == ""


# Copies of the answer


@pytest.mark.parametrize(
    "copy",
    [
        "new Response(response.body, response)",
        "new Response(null, response)",
        "new Response(undefined, response)",
        "new Response(new Response(null, response).body, new Response(null, response))",
        "new Response(response.clone().body, response.clone())",
        "response.clone()",
        "new Response(null, response).clone()",
        "new Response(null, { status: response.status, headers: response.headers })",
        "new Response(null, { status: '101', headers: new Headers(response.headers) })",
        "new Response(null, { status: 101, headers: [...response.headers] })",
        "new Response(null, { status: 101, headers: Object.fromEntries(response.headers) })",
        "(({ body, status, statusText, headers }) => new Response(body, { status, statusText, headers }))(response)",
        "new (class extends Response {})(response.body, response)",
        "Promise.resolve(new Response(response.body, response))",
        "(async () => { await 0; return new Response(null, { status: 101, headers: response.headers }); })()",
    ],
)
async def test_a_copy_of_the_answer_opens_the_socket_once(load, copy):
    function = await load(
        f"""
        export default {{
          fetch(request) {{
            const {{ response, socket }} = upgradeWebSocket(request, {{ protocol: 'two' }});
            socket.onopen = () => log('open', socket.protocol, socket.extensions);
            socket.onmessage = ({{ data }}) => socket.send(data);
            socket.onerror = ({{ message }}) => log(message);
            return {copy};
          }},
        }};
        """
    )
    exchange = function.request(sec_websocket_protocol="one, two")
    assert exchange.wire is not None, function.errors
    assert sorted(exchange.response.headers) == HANDSHAKEN
    wire = exchange.wire.open("permessage-deflate")
    wire.text("hello")
    assert wire.sent == ["hello"]
    assert function.log == [["open", "two", "permessage-deflate"]]


HANDSHAKEN = [
    ("connection", "Upgrade"),
    ("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
    ("sec-websocket-protocol", "two"),
    ("upgrade", "websocket"),
]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("response.headers.set('x-time', '1'); copy = copied();", [("x-time", "1")]),
        ("copy = copied(); copy.headers.set('x-time', '1');", [("x-time", "1")]),
        (
            "response.headers.append('x-time', '1'); copy = copied(); copy.headers.append('x-time', '2');",
            [("x-time", "1"), ("x-time", "2")],
        ),
        (
            "response.headers.append('set-cookie', 'a=1'); response.headers.append('set-cookie', 'b=2'); copy = copied();",
            [("set-cookie", "a=1"), ("set-cookie", "b=2")],
        ),
        ("copy = copied(); response.headers.set('x-late', '1');", []),
        (
            "copy = copied(); for (const [name, value] of response.headers) copy.headers.append(name, value);",
            [],
        ),
        ("copy = copied(); copy.headers.delete('sec-websocket-accept');", []),
        ("copy = copied(); copy.headers.set('sec-websocket-protocol', 'none');", []),
        ("copy = copied(); copy.headers.set('sec-websocket-extensions', 'none');", []),
        ("response.headers.delete('sec-websocket-accept'); copy = copied();", []),
    ],
)
async def test_a_copy_has_its_own_fields_and_those_of_the_handshake_once(load, change, expected):
    function = await load(
        f"""
        export default {{
          fetch(request) {{
            const {{ response, socket }} = upgradeWebSocket(request, {{ protocol: 'two' }});
            const copied = () => new Response(response.body, response);
            let copy;
            {change}
            return copy;
          }},
        }};
        """
    )
    exchange = function.request(sec_websocket_protocol="two")
    assert exchange.wire is not None, function.errors
    assert sorted(exchange.response.headers) == sorted(HANDSHAKEN + expected)


async def test_copies_by_status_and_headers_open_the_sockets_of_their_own_requests(load):
    """The clients have sent the same key."""
    function = await load(
        """
        export default {
          async fetch(request) {
            const { pathname } = new URL(request.url);
            const { response, socket } = upgradeWebSocket(request);
            socket.onopen = () => log(pathname);
            await new Promise((resolve) => setTimeout(resolve));
            return new Response(null, { status: 101, headers: response.headers });
          },
        };
        """
    )
    first, second = function.request("/a"), function.request("/b")
    while second.wire is None or first.wire is None:
        await asyncio.sleep(0)
    second.wire.open()
    first.wire.open()
    assert function.log == [["/b"], ["/a"]]


@pytest.mark.parametrize(
    "made",
    [
        "new Response(null, { status: 101 })",
        "new Response(null, { status: 101, headers: { upgrade: 'websocket' } })",
        "new Response(null, { status: 101, headers: { 'sec-websocket-accept': 'AAAA' } })",
        "Response.json(null, { status: 101 })",
    ],
)
async def test_a_101_of_ones_own_is_a_range_error_beside_an_upgrade_too(load, made):
    function = await load(
        f"""
        export default {{
          fetch(request) {{
            const {{ response }} = upgradeWebSocket(request);
            attempt(() => {made});
            return response;
          }},
        }};
        """
    )
    assert function.request().response.status == 101
    assert [entry[0] for entry in function.log] == ["RangeError"]


async def test_the_headers_of_an_answer_that_was_sent_make_no_other_one(load):
    function = await load(
        """
        let kept;
        export default {
          fetch(request) {
            if (kept) attempt(() => new Response(null, { status: 101, headers: kept.headers }));
            if (kept) return new Response(null, kept);
            kept = upgradeWebSocket(request).response;
            return kept;
          },
        };
        """
    )
    assert function.request().response.status == 101
    assert function.request().response.status == 500
    assert [entry[0] for entry in function.log] == ["RangeError"]
    assert "made for another request" in function.errors


async def test_a_copy_with_a_body_is_a_type_error(load):
    function = await load(
        trying("({ response: new Response('x', upgradeWebSocket(request).response) })")
    )
    assert function.request().response.status == 499
    assert function.log == [["TypeError", "Response: the status 101 cannot have a body"]]


async def test_the_copy_of_a_refusal_refuses(load):
    function = await load(
        """
        export default {
          fetch(request) {
            const { response } = upgradeWebSocket(request);
            return new Response(response.body, response);
          },
        };
        """
    )
    exchange = function.request(sec_websocket_version="8")
    assert exchange.wire is None
    assert exchange.response.status == 426


# What is not returned


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        ("return new Response('no', { status: 403 })", 403),
        ("throw new Error('no')", 500),
        ("return null", 500),
        ("return (async () => { await 0; return new Response('no', { status: 403 }); })()", 403),
    ],
)
async def test_without_its_answer_the_socket_ends_after_the_other_one_left(load, ending, status):
    function = await load(
        f"""
        export default {{
          fetch(request) {{
            const {{ socket }} = upgradeWebSocket(request);
            socket.onerror = ({{ message }}) => log('error', socket.readyState, message);
            socket.onclose = ({{ code, wasClean }}) => log('close', socket.readyState, code, wasClean);
            {ending};
          }},
        }};
        """
    )
    exchange = function.request()
    assert exchange.wire is None
    assert exchange.response.status == status
    assert function.log == [
        ["error", 3, "the response of upgradeWebSocket was not returned"],
        ["close", 3, 1006, False],
    ]


async def test_a_listener_of_a_refused_socket_that_throws_does_not_spoil_the_answer(load):
    function = await load(
        """
        export default {
          fetch(request) {
            upgradeWebSocket(request).socket.onerror = () => { throw new Error('in the listener'); };
            return new Response('no', { status: 403 });
          },
        };
        """
    )
    assert function.request().response.status == 403
    assert "in the listener" in function.errors


async def test_the_answer_to_one_request_does_not_answer_another(load):
    function = await load(
        """
        let kept;
        export default {
          fetch(request) {
            const { response } = upgradeWebSocket(request);
            kept ??= response.clone();
            return kept;
          },
        };
        """
    )
    assert function.request().response.status == 101
    exchange = function.request()
    assert exchange.response.status == 500
    assert exchange.wire is None
    assert "made for another request" in function.errors


async def test_a_client_that_left_before_the_answer_ends_the_socket(load):
    function = await load(
        """
        let go;
        const gate = new Promise((resolve) => { go = resolve; });
        export default {
          async fetch(request) {
            if (new URL(request.url).pathname === '/go') { go(); return new Response(); }
            const { response, socket } = upgradeWebSocket(request);
            socket.onopen = () => log('open');
            socket.onerror = ({ message }) => log('error', message);
            socket.onclose = ({ code }) => log('close', code);
            await gate;
            return response;
          },
        };
        """
    )
    exchange = function.request()
    await function.leaves(exchange)
    function.request("/go")
    assert exchange.wire is None
    assert function.log == [
        ["error", "the client left before the handshake was complete"],
        ["close", 1006],
    ]
    assert function.errors == ""


async def test_a_client_that_left_is_no_error_for_a_late_upgrade(load):
    function = await load(
        """
        let go;
        const gate = new Promise((resolve) => { go = resolve; });
        export default {
          async fetch(request) {
            if (new URL(request.url).pathname === '/go') { go(); return new Response(); }
            await gate;
            return upgradeWebSocket(request).response;
          },
        };
        """
    )
    exchange = function.request()
    await function.leaves(exchange)
    function.request("/go")
    assert function.errors == ""


# Its shape


async def test_its_shape_is_an_ordinary_functions(load):
    function = await load(
        """
        const { value, writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(globalThis, 'upgradeWebSocket');
        log(value.name, value.length, writable, enumerable, configurable);
        log(Deno.upgradeWebSocket === upgradeWebSocket);
        export default { fetch: () => new Response() };
        """
    )
    assert function.log == [["upgradeWebSocket", 1, True, True, True], [True]]
