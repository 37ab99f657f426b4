"""What a function makes the host hold counts as its memory, and slow built-ins as its CPU time."""

from __future__ import annotations

import http.client
import resource
import subprocess
import sys
import urllib.error
from pathlib import Path

import pytest
from command import Command, environment

MIB = 1024 * 1024
ROUTES = """
const text = 'x'.repeat(1e6);
const numbers = JSON.stringify(Array.from({ length: 20_000 }, (_, i) => i));
const work = {
  log() { for (let i = 0; i < 1000; i++) console.log(text); },
  timers() { for (let i = 0; i < 3e6; i++) setTimeout(() => {}, 1e9); },
  tasks() { for (let i = 0; i < 3e6; i++) { const { port1, port2 } = new MessageChannel(); port2.onmessage = () => {}; port1.postMessage(i); } },
  chunks() {
    let sent = 0;
    return new Response(new ReadableStream({ pull(c) { for (let i = 0; i < 1000; i++) c.enqueue(new Uint8Array(1e6)); } }));
  },
  json() { for (let i = 0; i < 1e5; i++) JSON.parse(numbers); },
  keys() { const many = JSON.parse('{' + Array.from({ length: 5e4 }, (_, i) => `"k${i}":1`) + '}'); for (let i = 0; i < 1e5; i++) Object.keys(many); },
  decode() { new TextDecoder('iso-2022-jp').decode(new Uint8Array(2e7).fill(0x1b)); },
  utf16() { new TextDecoder('utf-16le').decode(new Uint8Array(1e8).fill(0xd8)); },
  big5() { new TextDecoder('big5').decode(new Uint8Array(2e7).fill(0xff)); },
  hello() {},
};

export default { fetch(request) { return work[new URL(request.url).pathname.slice(1)]() ?? new Response('done'); } };
"""


def peak(pid: int) -> int:
    """The most memory that a process has had, in MiB."""
    (line,) = [
        line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if "VmHWM" in line
    ]
    return int(line.split()[1]) // 1024


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="Linux tells how much memory there was"
)
@pytest.mark.parametrize("path", ["log", "timers", "tasks", "chunks"])
def test_the_memory_limit_trips_during_the_turn(command: Command, path: str) -> None:
    limits = ("--memory-limit-mb", "32", "--cpu-limit-ms", "20000", "--quiet")
    with command.serve(command.write("fn.js", ROUTES), *limits) as server:
        before = peak(server.process.pid)
        with pytest.raises((urllib.error.HTTPError, http.client.IncompleteRead)) as failure:
            server.get(path)
        if isinstance(failure.value, urllib.error.HTTPError):
            assert failure.value.code == 503
            assert "32 MB (memory_mb)" in failure.value.read().decode()
        assert peak(server.process.pid) - before < 120
        assert server.get("hello") == "done"


@pytest.mark.parametrize("path", ["json", "keys", "decode", "utf16", "big5"])
def test_the_cpu_limit_holds_whatever_takes_the_time(command: Command, path: str) -> None:
    with command.serve(command.write("fn.js", ROUTES), "--cpu-limit-ms", "300") as server:
        with pytest.raises(urllib.error.HTTPError) as failure:
            server.get(path)
        assert failure.value.code == 503
        assert "300 ms (cpu_ms)" in failure.value.read().decode()
        assert server.get("hello") == "done"


SPENDS = """
export default {
  async fetch(request) {
    for (let turn = 0; turn < 30; turn++) {
      const end = Date.now() + 100;
      while (Date.now() < end);
      await new Promise((resolve) => setTimeout(resolve));
    }
    return new Response('done');
  },
};
"""


def test_an_invocation_that_uses_more_than_the_platform_gives_is_warned_of(
    command: Command,
) -> None:
    with command.serve(command.write("fn.js", SPENDS)) as server:
        assert server.get("") == "done"
        assert "Azion ends one at 2 s" in server.stderr.readline()


def test_strict_limits_end_it(command: Command) -> None:
    with command.serve(command.write("fn.js", SPENDS), "--strict-limits") as server:
        with pytest.raises(urllib.error.HTTPError) as failure:
            server.get("")
        assert failure.value.code == 503
        assert "2000 ms (invocation_cpu_ms)" in failure.value.read().decode()


FLOODS = ("for (;;) console.log('x'.repeat(60_000));", "for (;;) setTimeout(() => {}, 1e9);")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not limit address space so")
@pytest.mark.parametrize("source", FLOODS)
def test_a_flood_ends_in_a_named_limit_within_a_containers_memory(
    command: Command, source: str
) -> None:
    def confine() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (1200 * MIB, 1200 * MIB))

    command.write("flood.js", source)
    done = subprocess.run(
        [sys.executable, "-m", "edgehost", "run", "flood.js"],
        cwd=command.folder,
        env=environment(command.folder / "home"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        preexec_fn=confine,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1, done.stderr.decode()[-500:]
    assert any(limit in done.stderr for limit in (b"(cpu_ms)", b"(memory_mb)"))
