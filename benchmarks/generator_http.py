"""HTTP load: wrk where it is installed, else a generator of our own (plain_http.py)."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.sample import Sample, children_cpu
from benchmarks.server_process import ROOT, ServerFailure, ServerProcess
from benchmarks.workloads import HttpWorkload

SCRIPT = Path(__file__).parent / "wrk.lua"
PATIENCE = 20  # seconds past the asked time, after which a run is given up


def has_wrk() -> bool:
    return shutil.which("wrk") is not None


def run(workload: HttpWorkload, server: ServerProcess, seconds: int) -> Sample:
    """Loads the server. Raises ServerFailure when a response failed.

    Both generators print one line of JSON: times in microseconds, bytes with heads.
    """
    command = (_wrk if has_wrk() else _plain)(workload, server.port, seconds)
    server_cpu, own_cpu = server.cpu_seconds(), children_cpu()
    result = json.loads(_output(command, seconds))
    server_cpu, own_cpu = server.cpu_seconds() - server_cpu, children_cpu() - own_cpu

    if result["failed"]:
        raise ServerFailure(f"{result['failed']} of {result['count']} requests failed under load")
    if not result["count"]:
        raise ServerFailure(f"no complete response in {seconds} s")
    if result["bytes"] < result["count"] * workload.answer_size:
        raise ServerFailure("responses became shorter under load")
    return Sample(
        count=result["count"],
        seconds=result["micros"] / 1e6,
        server_cpu=server_cpu,
        generator_cpu=own_cpu,
        p50=result["p50"] / 1000,
        p99=result["p99"] / 1000,
    )


def _wrk(workload: HttpWorkload, port: int, seconds: int) -> list[str]:
    headers = [f"-H{name}: {value}" for name, value in workload.headers.items()]
    load = ["-t1", f"-c{workload.connections}", f"-d{seconds}s", "-s", str(SCRIPT), *headers]
    url = f"http://127.0.0.1:{port}{workload.target}"
    return ["wrk", *load, url, "--", workload.method, str(workload.body_size)]


def _plain(workload: HttpWorkload, port: int, seconds: int) -> list[str]:
    module = [sys.executable, "-m", "benchmarks.plain_http"]
    return [*module, workload.name, str(port), str(seconds)]


def _output(command: list[str], seconds: int) -> str:
    """The last line that a generator printed."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=seconds + PATIENCE, cwd=ROOT
        )
    except subprocess.TimeoutExpired:
        raise ServerFailure("the generator did not end") from None
    if done.returncode:
        raise ServerFailure((done.stderr or done.stdout).strip().rpartition("\n")[2])
    return done.stdout.strip().rpartition("\n")[2]
