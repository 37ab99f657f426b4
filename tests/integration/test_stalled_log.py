"""A log that nobody reads, that is read late, or that has no room: as a user would meet it."""

from __future__ import annotations

import http.client
import json
import os
import pty
import select
import signal
import socket
import subprocess
import termios
from collections.abc import Iterator
from contextlib import suppress

import pytest
from command import Command, Serving

FLOOD_BYTES = 400_000  # of one request: far more than a pipe and the buffer below hold together
SMALL_BUFFER = ("--log-buffer-kb", "16")

LOGS = """
export default {
  fetch(request) {
    const [, level, count] = new URL(request.url).pathname.split('/');

    for (let i = 0; i < Number(count); i++) console[level](`${i} ${'x'.repeat(100)}`);

    return new Response('answered');
  },
};
"""
# Logs for ever, and lets other things happen in between.
TICKS = """
for (;;) {
  for (let i = 0; i < 100; i++) console.log('x'.repeat(100));

  await new Promise((resolve) => { setTimeout(resolve); });
}
"""
HALTS = ("SIGTERM", "SIGINT")


@pytest.fixture
def logs(command: Command) -> str:
    return command.write("logs.js", LOGS)


class FullPipe:
    """A pipe that nobody reads, and whether it is full."""

    def __init__(self) -> None:
        self.reader, self.writer = os.pipe()

    def wait_until_full(self) -> None:
        while select.select([], [self.writer], [], 0)[1]:
            os.sched_yield()

    def close(self) -> None:
        os.close(self.reader)
        os.close(self.writer)


@pytest.fixture
def nobody() -> Iterator[FullPipe]:
    pipe = FullPipe()
    yield pipe
    pipe.close()


def get(port: int, path: str = "/log/0") -> str:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    client.request("GET", path)
    text = client.getresponse().read().decode()
    client.close()
    return text


def flood(server: Serving, level: str) -> None:
    """More than can wait. Each answer says that the log holds up nobody."""
    for _ in range(4):
        assert get(server.port, f"/{level}/{FLOOD_BYTES // 100}") == "answered"
    assert get(server.port) == "answered"


def messages(lines: list[str], log_format: str) -> list[str]:
    if log_format == "json":
        return [json.loads(line)["message"] for line in lines]
    return [line.removeprefix("logs │ ") for line in lines]


def assert_whole(lines: list[str]) -> int:
    """Every line is one that was logged, or says how many are missing. Returns that number."""
    dropped = 0
    for line in lines:
        number, rest = line.split(" ", 1)
        if "dropped on" in rest:
            dropped += int(number)
        else:
            assert rest == "x" * 100
    return dropped


@pytest.mark.parametrize("log_format", ["pretty", "json"])
@pytest.mark.parametrize(("level", "stream"), [("log", "stdout"), ("error", "stderr")])
def test_requests_are_answered_while_nobody_reads(
    command: Command, logs: str, level: str, stream: str, log_format: str
) -> None:
    with command.serve(
        logs, "--no-request-log", *SMALL_BUFFER, "--log-format", log_format
    ) as server:
        flood(server, level)
        code, stdout, stderr = server.stop()
    lines = (stdout if stream == "stdout" else stderr).splitlines()
    dropped = assert_whole(messages(lines, log_format))
    assert code == 0
    assert dropped > 0
    assert dropped + len(lines) - str(lines).count("dropped on") == 4 * FLOOD_BYTES // 100


@pytest.mark.parametrize("number", HALTS)
def test_a_server_stops_while_nobody_reads(command: Command, logs: str, number: str) -> None:
    with command.serve(logs, *SMALL_BUFFER) as server:
        flood(server, "log")
        server.signal(signal.Signals[number])
        assert server.wait() == 0
        assert "lines dropped on stdout" in server.stderr.read()


def test_a_reader_that_comes_back_hears_what_it_missed_and_what_is_new(
    command: Command, logs: str
) -> None:
    with command.serve(logs, "--no-request-log", *SMALL_BUFFER) as server:
        flood(server, "log")
        lines = []
        while "dropped on" not in (line := server.stdout.readline()):
            lines.append(line.rstrip())
        assert get(server.port, "/log/1") == "answered"
        later = [line.rstrip(), server.stdout.readline()]
        server.stop()
    missing = assert_whole(messages([*lines, later[0]], "pretty"))
    assert len(lines) + missing == 4 * FLOOD_BYTES // 100
    assert later[1] == f"logs │ 0 {'x' * 100}\n"


def test_two_streams_in_one_pipe_stay_whole(command: Command) -> None:
    source = "for (let i = 0; i < 5000; i++) console[i % 2 ? 'log' : 'error'](`${i} ${'x'.repeat(100)}`);"
    with command.start("run", command.write("a.js", source), stderr=subprocess.STDOUT) as running:
        text, _ = running.process.communicate()
    assert [line.split()[0] for line in text.splitlines()] == [str(i) for i in range(5000)]


def test_more_than_the_rate_is_counted(command: Command, logs: str) -> None:
    with command.serve(logs, "--no-request-log", "--log-rate-limit", "10") as server:
        assert get(server.port, "/log/1000") == "answered"
        _, stdout, _ = server.stop()
    *lines, told = stdout.splitlines()
    reason = "more than 10 a second (records_per_second)"
    assert told == f"logs │ {1000 - len(lines)} records dropped: {reason}"


def test_a_long_text_is_cut(command: Command) -> None:
    script = command.write("a.js", "console.log('x'.repeat(1000));")
    done = command("run", "--log-record-limit", "10", script)
    assert done.stdout == "xxxxxxxxxx... 990 more characters\n"


def test_a_terminal_that_is_stopped_holds_up_nobody(command: Command, logs: str) -> None:
    screen, terminal = pty.openpty()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    arguments = ("serve", logs, "--no-tls", "--port", str(port), *SMALL_BUFFER)
    with command.start(*arguments, stdout=terminal) as server:
        assert b"listening on" in os.read(screen, 1000)
        termios.tcflow(terminal, termios.TCOOFF)  # Ctrl-S
        for _ in range(4):
            assert get(port, f"/log/{FLOOD_BYTES // 100}") == "answered"
        server.signal(signal.SIGTERM)
        assert server.wait() == 0
    os.close(screen)
    os.close(terminal)


# Commands that end by themselves


@pytest.mark.parametrize("number", HALTS)
def test_a_script_waits_for_its_reader_but_not_when_it_is_stopped(
    command: Command, nobody: FullPipe, number: str
) -> None:
    with command.start("run", command.write("a.js", TICKS), stdout=nobody.writer) as running:
        nobody.wait_until_full()
        running.signal(signal.Signals[number])
        assert running.wait() == -signal.Signals[number]


def test_a_limit_acts_while_a_script_waits_for_its_reader(
    command: Command, nobody: FullPipe
) -> None:
    script = command.write("a.js", TICKS)
    with command.start("run", "--wall-limit-ms", "200", script, stdout=nobody.writer) as running:
        assert running.wait() == 1
        assert "the limit of 200 ms (wall_ms)" in running.stderr.read()


def test_what_a_script_prints_is_whole_however_late_it_is_read(
    command: Command, nobody: FullPipe
) -> None:
    source = "for (let i = 0; i < 20_000; i++) console.log(i);"
    with command.start("run", command.write("a.js", source), stdout=nobody.writer) as running:
        nobody.wait_until_full()
        os.set_blocking(nobody.reader, False)
        pieces = []
        while running.process.poll() is None or pieces[-1]:
            with suppress(BlockingIOError):
                pieces.append(os.read(nobody.reader, 4096))
                continue
            pieces.append(b"")
        assert running.wait() == 0
    assert b"".join(pieces).split() == [b"%d" % i for i in range(20_000)]


@pytest.mark.parametrize("number", HALTS)
def test_an_invocation_whose_log_is_not_read_can_be_stopped(
    command: Command, logs: str, nobody: FullPipe, number: str
) -> None:
    path = f"/log/{FLOOD_BYTES // 100}"
    with command.start("invoke", logs, path, stderr=nobody.writer) as running:
        nobody.wait_until_full()
        running.signal(signal.Signals[number])
        assert running.wait() == -signal.Signals[number]


def test_an_invocation_waits_for_the_reader_of_its_log_as_long_as_it_may_take(
    command: Command, logs: str, nobody: FullPipe
) -> None:
    arguments = ("invoke", "--wall-limit-ms", "200", logs, f"/log/{FLOOD_BYTES // 100}")
    with command.start(*arguments, stderr=nobody.writer) as running:
        assert running.process.communicate()[0] == "answered"
        assert running.wait() == 0


# A full disk


@pytest.fixture
def full_disk() -> Iterator[int]:
    if not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full")
    descriptor = os.open("/dev/full", os.O_WRONLY)
    yield descriptor
    os.close(descriptor)


def test_a_server_runs_on_a_full_disk(command: Command, logs: str, full_disk: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    arguments = ("serve", logs, "--no-tls", "--port", str(port))
    with command.start(*arguments, stdout=full_disk) as server:
        while True:
            with suppress(ConnectionRefusedError):
                assert get(port, "/log/10") == "answered"
                break
        code, _, stderr = server.stop()
    assert code == 0
    assert "12 lines dropped on stdout: No space left on device" in stderr


def test_a_script_says_that_its_output_is_lost(command: Command, full_disk: int) -> None:
    script = command.write("a.js", "console.log(1); console.log(2);")
    with command.start("run", script, stdout=full_disk) as running:
        assert running.process.communicate()[1] == (
            "2 lines dropped on stdout: No space left on device\n"
        )


def test_a_response_that_cannot_be_printed_is_an_error(
    command: Command, logs: str, full_disk: int
) -> None:
    with command.start("invoke", logs, stdout=full_disk) as running:
        assert running.process.communicate()[1] == "Error: stdout: No space left on device\n"
        assert running.wait() == 1
