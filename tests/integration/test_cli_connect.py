"""`edgehost connect` as a user starts it."""

from __future__ import annotations

import signal
import socket
from subprocess import PIPE

import pytest
from command import Command

FUNCTION = """
export default {
  fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === '/refuse') return new Response('not \\x1b[31m you', { status: 403 });
    const offered = request.headers.get('sec-websocket-protocol')?.split(', ') ?? [];
    const { response, socket } = upgradeWebSocket(request, { protocol: offered.at(-1) });
    socket.onmessage = ({ data }) => {
      if (data === 'bye') socket.close(4001, 'as you wish');
      else if (data === 'bytes') socket.send(new Uint8Array([0, 255, 104, 105]));
      else if (data === 'late') setTimeout(() => socket.send('later'), 50);
      else if (data === 'about') socket.send(`${pathname} ${request.headers.get('x-a')} ${env.A}`);
      else socket.send(`echo ${data}`);
    };
    socket.onclose = ({ code, wasClean }) => console.log(`closed ${code} ${wasClean}`);
    return response;
  },
};
"""


@pytest.fixture
def function(command: Command) -> str:
    return command.write("fn.js", FUNCTION)


def test_lines_are_sent_and_answers_shown_until_stdin_ends(command: Command, function: str) -> None:
    done = command("connect", function, stdin="one\nbytes\ntwo é")
    assert done.stdout.splitlines()[0] == "open"
    assert [line for line in done.stdout.splitlines() if line.startswith(">")] == [
        "> text      3  one",
        "> text      5  bytes",
        "> text      6  two é",
        "> close 1000",
    ]
    assert [line for line in done.stdout.splitlines() if line.startswith("<")] == [
        "< text      8  echo one",
        "< bytes     4  00 ff 68 69  |..hi|",
        "< text     11  echo two é",
        "< close 1000",
    ]
    assert "closed 1000 true" in done.stderr
    assert done.returncode == 0


def test_no_answer_is_lost_when_stdin_ends(command: Command, function: str) -> None:
    lines = [str(number) for number in range(2000)]
    done = command("connect", function, stdin="\n".join(lines))
    answers = [line.split()[-1] for line in done.stdout.splitlines() if line.startswith("< text")]
    assert answers == lines


def test_a_socket_may_stay_open_after_the_last_line(command: Command, function: str) -> None:
    done = command("connect", function, "--wait", "20", stdin="late\nbye")
    assert done.stdout.splitlines()[-1] == "< close 4001 as you wish"
    done = command("connect", function, "--wait", "1", stdin="late")
    assert "< text      5  later" in done.stdout.splitlines()


def test_path_headers_protocols_and_variables_reach_the_function(
    command: Command, function: str
) -> None:
    options = ("-H", "X-A: 1", "--protocol", "a", "--protocol", "b", "--env", "A=2")
    done = command("connect", function, "/chat", *options, stdin="about")
    assert done.stdout.splitlines()[0] == "open b"
    assert "/chat 1 2" in done.stdout


def test_the_function_may_close_while_stdin_is_open(command: Command, function: str) -> None:
    with command.start("connect", function, stdin=PIPE) as client:
        client.stdin.write("bye\n")
        client.stdin.flush()
        assert client.wait() == 0
        assert client.stdout.read().splitlines()[-1] == "< close 4001 as you wish"


def test_an_interrupt_closes_the_socket(command: Command, function: str) -> None:
    with command.start("connect", function, stdin=PIPE) as client:
        assert client.stdout.readline() == "open\n"
        client.signal(signal.SIGINT)
        assert client.wait() == 0
        assert client.stdout.read() == "> close 1000\n< close 1000\n"


@pytest.mark.parametrize("scheme", ["ws", "wss"])
def test_a_url_of_a_server(command: Command, function: str, scheme: str) -> None:
    with command.serve(function) as server:
        done = command("connect", f"{scheme}://127.0.0.1:{server.port}/there", stdin="about")
    assert done.returncode == 0, done.stderr
    assert "/there null undefined" in done.stdout


def test_a_refused_handshake_says_why(command: Command, function: str) -> None:
    done = command("connect", function, "/refuse")
    assert done.returncode == 1
    assert done.stderr.endswith(
        r"answers the handshake with 403 Forbidden: not \x1b[31m you" + "\n"
    )


def test_a_connection_that_is_lost_is_exit_code_1(command: Command, function: str) -> None:
    with command.serve(function) as server:
        url = f"ws://127.0.0.1:{server.port}/"
        with command.start("connect", url, stdin=PIPE) as client:
            assert client.stdout.readline() == "open\n"
            server.process.kill()
            assert client.wait() == 1
            assert client.stdout.read() == "the connection was lost\n"


def test_mistakes_are_one_line_and_exit_code_1(command: Command, function: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    for arguments in (
        (f"ws://127.0.0.1:{port}/",),
        ("ws://",),
        ("none.js",),
        (function, "-H", "no header"),
    ):
        done = command("connect", *arguments)
        assert done.returncode == 1, arguments
        assert done.stdout == ""
        assert len(done.stderr.splitlines()) == 1, done.stderr
        assert done.stderr.startswith("Error: "), done.stderr


def test_a_reader_that_leaves_ends_it_in_silence(command: Command, function: str) -> None:
    with command.start("connect", function, stdin=PIPE) as client:
        assert client.stdout.readline() == "open\n"
        client.stdout.close()
        client.stdin.write("one\n" * 10)
        client.stdin.flush()
        client.wait()
        assert "Traceback" not in client.stderr.read()
