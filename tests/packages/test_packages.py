"""Packages from npm run as the first example of their documentation says."""

from __future__ import annotations

import json

import pytest
from command import Command
from websockets.sync.client import connect
from websockets.typing import Subprotocol

SCRIPTS = {
    "cookie.cjs": [
        '{"foo":"bar","equation":"E=mc^2"}',
        "foo=b%20r; HttpOnly",
    ],
    "cookie.js": ['{"name":"foo","value":"bar","httpOnly":true} true'],
    "cross_fetch.js": ["200 true cross-fetch", "1 GET 200"],
    "date_fns.js": ["2014-02-11 Tuesday", "11 Feb 1987,10 Jul 1989,02 Jul 1995"],
    "graphql.js": [
        '{"data":{"hello":"world"}}',
        '{"errors":[{"message":"Cannot query field \\"absent\\" on type \\"Query\\".","locations":[{"line":1,"column":3}]}]}',
    ],
    "htmlparser2.js": [
        "text Xyz ",
        """open script {"type":"text/javascript"}""",
        "text const foo = '<<bar>>';",
        "close script",
        "text &",
        "open br {}",
        "close br",
    ],
    "marked.js": [
        "<h1>Title</h1>",
        '<p>Rendered by <strong>marked</strong>, <a href="https://example.com">here</a>.</p>',
        "",
    ],
    "nanoid.js": ["100 true"],
    "path_to_regexp.js": ['{"id":"4","rest":["a","b"]}', "false /users/%C3%A9", "true"],
    "preact.jsx": ['<div class="box box-open"><span class="fox">Finn &amp; co</span></div>'],
    "superjson.js": [
        '{"json":{"date":"1970-01-01T00:00:00.000Z","set":["1"]},"meta":{"values":{"date":["Date"],"set":["set",{"0":["bigint"]}]},"v":1}}',
        "true true",
    ],
    "svelte.js": ["true true"],
    "zod.js": ['{"name":"billie","xp":100}', "true name invalid_type,xp invalid_type"],
}


@pytest.mark.parametrize("example", SCRIPTS)
def test_a_script_prints_what_its_package_makes(project: Command, example: str) -> None:
    done = project("run", example)
    assert done.stderr == ""
    assert done.stdout.splitlines() == SCRIPTS[example]
    assert done.returncode == 0


HELLO = json.dumps({"query": "{ hello }"})
NAMED = json.dumps({"query": "query ($n: String) { hello(name: $n) }", "variables": {"n": "you"}})
RIGHT = ["-H", "authorization: Basic aG9ubzphY29vbHByb2plY3Q="]
WRONG = ["-H", "authorization: Basic aG9ubzphY29vbHByb2plY3U="]
TOKEN = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ1c2VyMTIzIn0.IhZ32Fk_I-UAG4Bv_i_QwLOdZcIVVJGE1Zn9uE-3LeQ"
FUNCTIONS = [
    ("hono.js", ["/"], "Hello Hono!"),
    ("hono.js", ["/users/4?page=2"], '{"id":"4","page":"2"}'),
    ("hono.js", ["/echo", "-d", '{"a": [1]}'], '{"a":[1]}'),
    ("hono.js", ["/absent"], "404 Not Found"),
    ("hono_auth.js", ["/private/page"], "Unauthorized"),
    ("hono_auth.js", ["/private/page", *RIGHT], "You are authorized"),
    ("hono_auth.js", ["/private/page", *WRONG], "Unauthorized"),
    ("hono_auth.js", ["/auth/page", "-H", "authorization: Bearer a.b.c"], "Unauthorized"),
    ("hono_auth.js", ["/token"], TOKEN),
    ("hono_auth.js", ["/auth/page", "-H", f"authorization: Bearer {TOKEN}"], '{"sub":"user123"}'),
    ("itty_router.js", ["/hello/World"], '"Hello, World!"'),
    ("itty_router.js", ["/json"], "[1,2,3]"),
    ("itty_router.js", ["/promises"], '"later"'),
    ("itty_router.js", ["/absent"], '{"status":404,"error":"Not Found"}'),
    ("graphql_yoga.js", ["/graphql?query=%7Bhello%7D"], '{"data":{"hello":"Hello Yoga!"}}'),
    ("graphql_yoga.js", ["/graphql", "-d", HELLO], '{"data":{"hello":"Hello Yoga!"}}'),
    ("graphql_yoga.js", ["/graphql", "-d", NAMED], '{"data":{"hello":"Hello you!"}}'),
]


@pytest.mark.parametrize(
    ("example", "request_", "body"),
    FUNCTIONS,
    ids=[f"{file}-{arguments}" for file, arguments, _ in FUNCTIONS],
)
def test_a_function_answers_by_its_package(
    project: Command, example: str, request_: list[str], body: str
) -> None:
    headers = ["-H", "content-type: application/json"] if "-d" in request_ else []
    done = project("invoke", example, *request_, *headers)
    assert done.stderr == ""
    assert done.stdout == body


def test_react_streams_a_page(project: Command) -> None:
    done = project("invoke", "react.jsx")
    assert done.stderr == ""
    shell, _, late = done.stdout.partition("</p>")
    assert shell == '<p>3<!--$?--><template id="B:0"></template>...<!--/$-->'
    assert "<b>done</b>" in late


def test_an_error_in_a_handler_of_a_package_is_in_the_users_file(project: Command) -> None:
    done = project("invoke", "hono.js", "/fails")
    assert done.stdout == "Internal Server Error"
    assert "Error: no" in done.stderr
    assert "hono.js:9:" in done.stderr


@pytest.mark.parametrize("example", ["hono_deno.js", "hono_cors.js"])
def test_sockets_open_by_an_adapter_and_behind_a_middleware(project: Command, example: str) -> None:
    with (
        project.serve(example) as server,
        connect(f"ws://127.0.0.1:{server.port}/ws") as socket,
    ):
        socket.send("client")
        assert socket.recv() == "Hello from server to client"


def test_sockets_of_crossws(project: Command) -> None:
    with (
        project.serve("crossws_deno.js") as server,
        connect(f"ws://127.0.0.1:{server.port}/") as socket,
    ):
        assert socket.recv() == "welcome"
        for message, answer in [("ping", "pong"), ("other", "other")]:
            socket.send(message)
            assert socket.recv() == answer


def test_subscriptions_of_graphql_ws(project: Command) -> None:
    protocol = Subprotocol("graphql-transport-ws")
    with (
        project.serve("graphql_ws.js") as server,
        connect(f"ws://127.0.0.1:{server.port}/", subprotocols=[protocol]) as socket,
    ):
        assert socket.subprotocol == protocol

        def say(**message: object) -> None:
            socket.send(json.dumps(message))

        def hear() -> object:
            return json.loads(socket.recv())

        say(type="connection_init")
        assert hear() == {"type": "connection_ack"}
        say(type="subscribe", id="1", payload={"query": "subscription { greetings }"})
        for greeting in ("Hi", "Bonjour", "Hola"):
            assert hear() == {
                "type": "next",
                "id": "1",
                "payload": {"data": {"greetings": greeting}},
            }
        assert hear() == {"type": "complete", "id": "1"}
        say(type="subscribe", id="2", payload={"query": "{ hello }"})
        assert hear() == {"type": "next", "id": "2", "payload": {"data": {"hello": "world"}}}
        assert hear() == {"type": "complete", "id": "2"}
