"""A call of the engine that does not come back, here one that only takes some seconds: the process ends, and says why."""

from __future__ import annotations

import signal
import urllib.error
import urllib.request

import pytest
from command import Command

# A sort of many numbers, during which the engine asks nothing: some seconds of one call.
SORT = """
const numbers = new Float64Array(2 ** 26);

crypto.getRandomValues(new Uint8Array(numbers.buffer, 0, 65536));
for (let size = 8192; size < numbers.length; size *= 2) numbers.copyWithin(size, 0, size);
"""
ROOM = ("--memory-limit-mb", "1024")
LIMIT = ("--cpu-limit-ms", "1500", *ROOM)
SERVED = (
    SORT
    + "export default { fetch() { console.log('begun'); numbers.sort(); return new Response('x'); } };"
)


def test_a_server_ends_with_the_function_and_the_request_in_one_line(command: Command) -> None:
    with command.serve(command.write("slow.js", SERVED), *LIMIT) as server:
        with pytest.raises((urllib.error.URLError, ConnectionError)):
            server.get("some/path?q=1")
        assert server.process.wait(20) == 70
        (line,) = [line for line in server.process.stderr.read().splitlines() if line]
        assert line.startswith("slow: ")
        assert "has not come back for " in line
        assert "GET http://127.0.0.1" in line
        assert "/some/path?q=1" in line


def test_a_script_ends_too(command: Command) -> None:
    done = command(
        "run", command.write("slow.js", SORT + "console.log('begun'); numbers.sort();"), *LIMIT
    )
    assert done.returncode == 70
    assert "slow: a call of the JavaScript engine has not come back" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_at_once(command: Command, number: signal.Signals) -> None:
    source = (
        SORT + "setTimeout(() => { console.error('begun'); setTimeout(() => numbers.sort()); });"
    )
    source += "export default { fetch() {} };"
    with command.start(
        "serve", command.write("slow.js", source), "--port", "0", "--cpu-limit-ms", "0", *ROOM
    ) as server:
        assert "begun" in server.process.stderr.readline()
        server.process.send_signal(number)
        assert server.process.wait(20) in (128 + number, 0)
