"""`edgehost invoke` as a user starts it."""

from __future__ import annotations

import json

import pytest
from command import Command

SAY = """
export default {
  async fetch(request, env) {
    const { method, url, headers } = request;
    return Response.json({ method, url, headers: [...headers], body: await request.text(), env });
  },
};
"""


def said(command: Command, *arguments: str, stdin: str = "") -> dict[str, object]:
    done = command("invoke", command.write("say.js", SAY), *arguments, stdin=stdin)
    assert (done.returncode, done.stderr) == (0, "")
    value: dict[str, object] = json.loads(done.stdout)
    return value


def test_a_request_without_options_is_a_get_of_localhost(command: Command) -> None:
    assert said(command) == {
        "method": "GET",
        "url": "http://localhost/",
        "headers": [["host", "localhost"]],
        "body": "",
        "env": {},
    }


@pytest.mark.parametrize(
    ("given", "seen", "host"),
    [
        ("https://example.com:444/a?b=c#d", "https://example.com:444/a?b=c#d", "example.com:444"),
        ("/a?b=c", "http://localhost/a?b=c", "localhost"),
    ],
)
def test_the_url_is_an_argument(command: Command, given: str, seen: str, host: str) -> None:
    answer = said(command, given)
    assert answer["url"] == seen.partition("#")[0] or answer["url"] == seen
    assert ["host", host] in answer["headers"]  # type: ignore[operator]


def test_method_headers_and_variables_are_options(command: Command) -> None:
    answer = said(
        command, "-X", "PATCH", "-H", "A: 1", "-H", "a:2", "-H", "Host: x", "--env", "K=V"
    )
    assert answer["method"] == "PATCH"
    assert answer["headers"] == [["a", "1, 2"], ["host", "x"]]
    assert answer["env"] == {"K": "V"}


def test_data_makes_a_post(command: Command) -> None:
    answer = said(command, "-d", "ä=1")
    assert (answer["method"], answer["body"]) == ("POST", "ä=1")
    assert ["content-length", "4"] in answer["headers"]  # type: ignore[operator]


def test_data_comes_from_a_file_or_from_stdin(command: Command) -> None:
    command.write("body.txt", "from a file\n")
    assert said(command, "-d", "@body.txt")["body"] == "from a file\n"
    assert said(command, "-X", "PUT", "-d", "@-", stdin="from stdin")["body"] == "from stdin"


def test_bytes_pass_both_ways_unchanged(command: Command) -> None:
    data = bytes(range(256)) * 1000
    source = "export default { async fetch(r) { return new Response(await r.arrayBuffer()); } };"
    done = command.bytes("invoke", command.write("fn.js", source), "-d", "@-", stdin=data)
    assert (done.returncode, done.stdout) == (0, data)


def test_include_prints_the_head(command: Command) -> None:
    source = """
    export default {
      fetch() {
        const headers = [['set-cookie', 'a=1'], ['set-cookie', 'b=2'], ['x-y', 'z']];
        return new Response('gone', { status: 410, headers });
      },
    };
    """
    done = command.bytes("invoke", command.write("fn.js", source), "-i")
    head, body = done.stdout.split(b"\r\n\r\n")
    assert head.split(b"\r\n")[0] == b"HTTP/1.1 410 Gone"
    assert head.count(b"set-cookie: ") == 2
    assert b"x-y: z" in head
    assert (done.returncode, body) == (0, b"gone")


def test_a_head_request_prints_no_body(command: Command) -> None:
    source = "export default { fetch() { return new Response('body', { headers: { a: 'b' } }); } };"
    done = command("invoke", command.write("fn.js", source), "-X", "HEAD", "-i")
    assert "a: b" in done.stdout
    assert "body" not in done.stdout


def test_a_stream_is_printed_as_it_comes(command: Command) -> None:
    source = """
    export default {
      fetch() {
        const encoder = new TextEncoder();
        let count = 0;
        return new Response(new ReadableStream({
          async pull(controller) {
            if (count > 0) await new Promise((resolve) => setTimeout(resolve, 60_000));
            controller.enqueue(encoder.encode(`${count++}\\n`));
          },
        }));
      },
    };
    """
    with command.start("invoke", command.write("fn.js", source)) as running:
        assert running.stdout.readline() == "0\n"
        assert running.process.poll() is None


def test_a_reader_that_leaves_is_a_client_that_leaves(command: Command) -> None:
    source = """
    export default {
      fetch() {
        const encoder = new TextEncoder();
        return new Response(new ReadableStream({
          async pull(controller) {
            await new Promise((resolve) => setTimeout(resolve, 1));
            controller.enqueue(encoder.encode('more\\n'));
          },
          cancel() { console.log('left'); },
        }));
      },
    };
    """
    with command.start("invoke", command.write("fn.js", source)) as running:
        running.stdout.readline()
        running.stdout.close()
        assert running.wait() == 0
        assert running.stderr.read() == "fn │ left\n"


def test_what_the_function_logs_goes_to_stderr(command: Command) -> None:
    source = "export default { fetch() { console.log('logged'); return new Response('body'); } };"
    done = command("invoke", command.write("fn.js", source))
    assert (done.stdout, done.stderr) == ("body", "fn │ logged\n")


def test_it_waits_for_what_the_function_waits_for(command: Command) -> None:
    source = """
    export default {
      fetch(request, env, ctx) {
        ctx.waitUntil(new Promise((resolve) => setTimeout(() => {
          console.log('waited');
          resolve();
        }, 50)));
        return new Response('body');
      },
    };
    """
    done = command("invoke", command.write("fn.js", source))
    assert (done.returncode, done.stdout, done.stderr) == (0, "body", "fn │ waited\n")


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ("throw new TypeError('wrong');", ["TypeError: wrong", "fn.js:1:"]),
        ("return 1;", ["returned a number, not a Response"]),
        ("for (;;);", ["the limit of 100 ms (cpu_ms)"]),
        ("return new Promise(() => {});", ["the limit of 200 ms (wall_ms)"]),
    ],
)
def test_a_function_that_fails_is_exit_code_1(
    command: Command, body: str, lines: list[str]
) -> None:
    function = command.write("fn.js", f"export default {{ async fetch() {{ {body} }} }};")
    # A busy machine gives a turn little CPU time for its wall time.
    wall = "200" if "Promise" in body else "20000"
    limits = ["--cpu-limit-ms", "100", "--wall-limit-ms", wall]
    done = command("invoke", function, "-i", *limits)
    assert done.returncode == 1
    assert done.stdout.startswith("HTTP/1.1 50")
    assert "Traceback" not in done.stderr
    for line in lines:
        assert line in done.stderr


def test_a_stream_that_fails_is_exit_code_1(command: Command) -> None:
    source = """
    export default {
      fetch() {
        let count = 0;
        return new Response(new ReadableStream({
          pull(controller) {
            if (count++ > 0) throw new Error('broken');
            controller.enqueue(new Uint8Array([65, 10]));
          },
        }));
      },
    };
    """
    done = command("invoke", command.write("fn.js", source))
    assert (done.returncode, done.stdout) == (1, "A\n")
    assert "Error: broken" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["fn.js", "nowhere"], "'nowhere' is not a URL"),
        (["fn.js", "ftp://host/"], "'ftp://host/' is not an http URL"),
        (["fn.js", "-d", "@none"], "-d: none: No such file or directory"),
        (["fn.js", "-H", "no colon"], "-H: 'no colon' is not of the form 'K: V'"),
        (["fn.js", "-H", "a\nb: c"], "-H: 'a\nb: c' is not of the form 'K: V'"),
        (["fn.js", "-X", "A B"], "-X: 'A B' is not a method"),
        (["none.js"], "no such file: none.js"),
    ],
)
def test_a_mistake_in_an_option_is_one_line(
    command: Command, arguments: list[str], line: str
) -> None:
    command.write("fn.js", SAY)
    done = command("invoke", *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"Error: {line}\n")


def test_the_answer_to_a_handshake_is_shown(command: Command) -> None:
    source = """
    export default {
      fetch(request) {
        const { response, socket } = upgradeWebSocket(request, { protocol: 'chat' });
        socket.onclose = (event) => console.log('closed with', event.code);
        return response;
      },
    };
    """
    fields = ["connection: upgrade", "upgrade: websocket", "sec-websocket-version: 13"]
    fields += ["sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==", "sec-websocket-protocol: chat"]
    headers = [part for field in fields for part in ("-H", field)]
    done = command("invoke", command.write("fn.js", source), "-i", *headers)
    assert done.stdout.startswith("HTTP/1.1 101 Switching Protocols\n")
    assert "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\n" in done.stdout
    assert "sec-websocket-protocol: chat\n" in done.stdout
    assert (done.returncode, done.stderr) == (0, "fn │ closed with 1006\n")
