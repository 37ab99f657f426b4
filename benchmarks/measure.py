"""One run: every workload on every peer, in interleaved turns, then cold starts and memory."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks import generator_http, generator_websocket, idle_sockets
from benchmarks.machine import Cores
from benchmarks.peer import Peer
from benchmarks.sample import Sample
from benchmarks.server_process import ROOT, ServerFailure, ServerProcess
from benchmarks.verify import verify_and_warm_up
from benchmarks.workloads import HttpWorkload, Workload

COLD_STARTS = 3  # in each turn, after one that is not counted


@dataclass(frozen=True, slots=True)
class Plan:
    peers: list[Peer]
    workloads: list[Workload]
    turns: int
    seconds: int  # of load, each time
    cold_starts: bool
    memory: bool
    idle_sockets: int
    cores: Cores


@dataclass(slots=True)
class Results:
    """Everything measured, by peer name. Several values are several turns."""

    samples: dict[tuple[str, str], list[Sample]] = field(default_factory=dict)  # workload, peer
    cold_start: dict[str, list[float]] = field(default_factory=dict)  # ms
    memory: dict[str, list[float]] = field(default_factory=dict)  # KiB after the first response
    socket_memory: dict[str, list[float]] = field(default_factory=dict)  # KiB for each idle one
    second_isolate: float | None = None  # KiB
    failures: dict[tuple[str, str], str] = field(default_factory=dict)  # what, peer: why


def run(plan: Plan, say: Callable[[str], None]) -> Results:
    """Does the whole plan. A failure is noted and not tried again in later turns."""
    run = _Run(plan, say)
    for turn in range(1, plan.turns + 1):
        run.turn = turn
        for workload in plan.workloads:
            run.for_each_peer(workload.name, workload.function, run.load(workload))
        if plan.cold_starts:
            run.for_each_peer("cold start", "hello", run.cold_start)
        if plan.memory:
            run.for_each_peer("memory", "hello", run.memory)
            run.for_each_peer("idle sockets", "websocket_echo", run.socket_memory)
    if plan.memory and any(peer.name == "edgehost" for peer in plan.peers):
        run.second_isolate()
    return run.results


class _Run:
    """The results so far, and how each kind of them is gained."""

    def __init__(self, plan: Plan, say: Callable[[str], None]) -> None:
        self.plan, self.say = plan, say
        self.results = Results()
        self.turn = 0

    def for_each_peer(self, what: str, function: str, measure: Callable[[Peer], None]) -> None:
        for peer in self.plan.peers:
            place = (what, peer.name)
            if function not in peer.functions or place in self.results.failures:
                continue
            self.say(f"turn {self.turn} of {self.plan.turns}: {what}, {peer.name}")
            try:
                measure(peer)
            except ServerFailure as failure:
                self.results.failures[place] = str(failure)

    def load(self, workload: Workload) -> Callable[[Peer], None]:
        def measure(peer: Peer) -> None:
            with self._server(peer, workload.function) as server:
                sample = _load(workload, server, peer.warm_up, self.plan.seconds)
            self.results.samples.setdefault((workload.name, peer.name), []).append(sample)

        return measure

    def cold_start(self, peer: Peer) -> None:
        times = self.results.cold_start.setdefault(peer.name, [])
        for number in range(COLD_STARTS + 1):
            with self._server(peer, "hello") as server:
                if number:
                    times.append(server.first_response * 1000)

    def memory(self, peer: Peer) -> None:
        with self._server(peer, "hello") as server:
            self.results.memory.setdefault(peer.name, []).append(server.memory_kib())

    def socket_memory(self, peer: Peer) -> None:
        with self._server(peer, "websocket_echo") as server:
            cost = idle_sockets.memory_per_socket(server, self.plan.idle_sockets)
        self.results.socket_memory.setdefault(peer.name, []).append(cost)

    def second_isolate(self) -> None:
        command = [sys.executable, "-m", "benchmarks.second_isolate"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60)
        if done.returncode:
            reason = done.stderr.strip().rpartition("\n")[2]
            self.results.failures["second isolate", "edgehost"] = reason
        else:
            self.results.second_isolate = float(done.stdout)

    def _server(self, peer: Peer, function: str) -> ServerProcess:
        return ServerProcess(peer, function, self.plan.cores.server)


def _load(workload: Workload, server: ServerProcess, warm_up: int, seconds: int) -> Sample:
    if isinstance(workload, HttpWorkload):
        verify_and_warm_up(workload, server.port)
        if warm_up:
            generator_http.run(workload, server, warm_up)
        return generator_http.run(workload, server, seconds)
    return generator_websocket.run(workload, server, seconds)
