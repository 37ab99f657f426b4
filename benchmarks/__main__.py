"""python -m benchmarks: the options, the run, the report."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import built_engine, generator_http, machine, npm
from benchmarks.bundle import bundle
from benchmarks.measure import Plan, run
from benchmarks.peer import Peer
from benchmarks.peers import NAMES, OURS, all_peers
from benchmarks.report import render
from benchmarks.summary import Summary
from benchmarks.workloads import WORKLOADS, Workload

QUICK_PEERS = ["edgehost", "aiohttp", "aiohttp-joined", "aiohttp-app", "workerd", "deno"]
RESULTS = Path(__file__).parent / "results"


def main() -> None:
    options = parse(sys.argv[1:])
    machine.allow_many_sockets()
    cores = machine.Cores.choose()
    os.sched_setaffinity(0, {cores.generator})
    if cores.server == cores.generator:
        say("there is one core only: server and generator share it, latencies mean little")
    if not generator_http.has_wrk():
        say("wrk is not installed: our own HTTP generator is used")

    plan = Plan(
        peers=present_peers(options),
        workloads=possible_workloads(options),
        turns=options.turns,
        seconds=options.seconds,
        cold_starts="cold-start" in options.workloads,
        memory="memory" in options.workloads,
        idle_sockets=options.idle_sockets,
        cores=cores,
    )
    started = time.perf_counter()
    summary = Summary(run(plan, say))
    print(render(plan, summary))
    print(f"\nMeasured in {time.perf_counter() - started:.0f} s. {save(plan, summary)}")
    if any(peer in OURS for _, peer in summary.results.failures):
        sys.exit(1)


def parse(arguments: list[str]) -> argparse.Namespace:
    what = [load.name for load in WORKLOADS] + ["cold-start", "memory"]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one turn and fewer peers")
    parser.add_argument("--peers", type=_names_of(NAMES), metavar="A,B", help=",".join(NAMES))
    parser.add_argument(
        "--workloads", type=_names_of(what), default=what, metavar="A,B", help=",".join(what)
    )
    parser.add_argument("--turns", type=int, help="3, or 1 with --quick")
    parser.add_argument("--seconds", type=int, default=1, help="of load, each time (1)")
    parser.add_argument("--idle-sockets", type=int, default=1000, help="(1000)")
    parser.add_argument(
        "--npm-folder", type=Path, default=npm.default_folder(), help="where peers are kept"
    )
    parser.add_argument("--no-install", action="store_true", help="use only peers already there")
    options = parser.parse_args(arguments)
    options.peers = options.peers or (QUICK_PEERS if options.quick else list(NAMES))
    options.turns = options.turns or (1 if options.quick else 3)
    return options


def present_peers(options: argparse.Namespace) -> list[Peer]:
    """The peers asked for that are here or could be installed; says why others are not."""
    folder: Path = options.npm_folder.absolute()
    reasons: dict[str, str | None] = {}
    if not options.no_install:
        reasons |= npm.install(folder, [name for name in options.peers if name in npm.PACKAGES])
        if "edgehost-built" in options.peers:
            reasons["edgehost-built"] = built_engine.build(folder, say)
    peers = [peer for name, peer in all_peers(folder).items() if name in options.peers]
    for peer in peers:
        if peer.missing:
            say(f"{peer.name} is left out: {reasons.get(peer.name, peer.missing)}")
    return [peer for peer in peers if not peer.missing]


def possible_workloads(options: argparse.Namespace) -> list[Workload]:
    """The workloads asked for whose functions can be served; says why others cannot."""
    wanted = [load for load in WORKLOADS if load.name in options.workloads]
    folder: Path = options.npm_folder.absolute()
    functions = {load.function for load in wanted}
    reasons = bundle(folder, functions, install=not options.no_install)
    for function, reason in reasons.items():
        say(f"{function} is left out: {reason}")
    return [load for load in wanted if load.function not in reasons]


def save(plan: Plan, summary: Summary) -> str:
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / time.strftime("%Y-%m-%d-%H%M%S.json")
    record = {
        "date": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "machine": machine.describe(),
        "generator": "wrk" if generator_http.has_wrk() else "plain_http",
        "turns": plan.turns,
        "seconds": plan.seconds,
        "idle_sockets": plan.idle_sockets,
        "versions": {peer.name: peer.version() for peer in plan.peers},
        **summary.as_json(),
    }
    file.write_text(json.dumps(record, indent=2) + "\n")
    return f"Everything is in {os.path.relpath(file)}"


def say(line: str) -> None:
    """Progress, apart from the tables."""
    print(line, file=sys.stderr)


def _names_of(known: Sequence[str]) -> Callable[[str], list[str]]:
    def names(text: str) -> list[str]:
        given = text.split(",")
        if unknown := set(given) - set(known):
            raise argparse.ArgumentTypeError(f"no such name: {', '.join(sorted(unknown))}")
        return given

    return names


if __name__ == "__main__":
    main()
