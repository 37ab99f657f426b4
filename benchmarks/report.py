"""The tables on stdout."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain

from benchmarks.measure import Plan
from benchmarks.peers import OURS
from benchmarks.summary import Summary, ratio
from benchmarks.targets import Target, targets

REFERENCE = ("edgehost", "aiohttp")  # whom the ratios are of: the first that was measured
BOUND_BY_GENERATOR = 0.9  # share of its core, from which the rate may be the generator's

Cell = Callable[[str, str], str]  # of a workload and a peer


def render(plan: Plan, summary: Summary) -> str:
    names = [peer.name for peer in plan.peers]
    parts = [f"{peer.name}: {peer.about}" for peer in plan.peers]
    if plan.workloads:
        parts += _rates(plan, summary, names)
    if plan.cold_starts or plan.memory:
        parts.append(_table("Cold start and memory", _start_rows(plan, summary, names), names))
    if isolate := summary.results.second_isolate:
        parts.append(f"\nA second isolate of edgehost: {isolate / 1024:.1f} MiB")
    if ours := [name for name in names if name in OURS]:
        parts.append(_targets({name: targets(summary, name) for name in ours}))
    parts += _failures(summary.results.failures)
    return "\n".join(parts)


def _rates(plan: Plan, summary: Summary, names: list[str]) -> list[str]:
    measured = {peer for _, peer in summary.results.samples}
    reference = next((name for name in REFERENCE if name in measured), names[0])
    names = [name for name in names if name in measured]

    def rate(workload: str, peer: str) -> str:
        return _number(summary.of("rate", workload, peer))

    def share(workload: str, peer: str) -> str:
        rates = (summary.of("rate", workload, name) for name in (reference, peer))
        return _number(ratio(*rates), 2)

    def latency(workload: str, peer: str) -> str:
        p50, p99 = (summary.of(figure, workload, peer) for figure in ("p50", "p99"))
        return "-" if p50 is None else f"{_number(p50, 2)} / {_number(p99, 2)}"

    def busy(workload: str, peer: str) -> str:
        server = summary.of("server_share", workload, peer)
        generator = summary.of("generator_share", workload, peer)
        if server is None or generator is None:
            return "-"
        bound = generator > BOUND_BY_GENERATOR and generator > server
        return f"{server:.0%} / {generator:.0%}{'!' if bound else ''}"

    def table(title: str, cell: Cell) -> str:
        rows = [[load.title, *(cell(load.name, name) for name in names)] for load in plan.workloads]
        return _table(title, rows, names)

    return [
        table("Rate for each CPU second of the server", rate),
        table(f"{reference} divided by", share),
        table("Latency in ms, p50 / p99", latency),
        table("CPU of the server / of the generator (!: the generator was the bound)", busy),
    ]


def _start_rows(plan: Plan, summary: Summary, names: list[str]) -> list[list[str]]:
    mib = [_number(ratio(summary.memory(name), 1024), 1) for name in names]
    rows = [
        ["exec to first response, ms", *(_number(summary.cold_start(name)) for name in names)],
        ["memory after start, MiB", *mib],
        ["idle socket, KiB", *(_number(summary.socket_memory(name), 1) for name in names)],
    ]
    return rows[: 1 if not plan.memory else None][0 if plan.cold_starts else 1 :]


def _targets(found: dict[str, list[Target]]) -> str:
    """Each target once, with what each of ours reached."""
    words = {True: "yes", False: "NO", None: "-"}
    rows = []
    for same in zip(*found.values(), strict=True):
        first = same[0]
        wanted = f"{'>=' if first.at_least else '<='} {first.bound:g} {first.unit}".strip()
        reached = [[_number(target.reached, 2), words[target.is_met]] for target in same]
        rows.append([first.title, wanted, *chain(*reached)])
    return _table("Targets", rows, ["wanted", *chain(*([name, "met"] for name in found))])


def _failures(failures: dict[tuple[str, str], str]) -> list[str]:
    """One line for each reason of each peer."""
    grouped: dict[tuple[str, str], list[str]] = {}
    for (what, peer), reason in failures.items():
        grouped.setdefault((peer, reason), []).append(what)
    return [
        f"\nNot measured: {peer}: {', '.join(what)}: {reason}"
        for (peer, reason), what in grouped.items()
    ]


def _table(title: str, rows: Sequence[Sequence[str]], head: Sequence[str]) -> str:
    """A table with its title: the first column to the left, the others to the right."""
    lines = [["", *head], *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    text = [
        "  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]).rstrip()
        for line in lines
    ]
    return "\n".join(["", title, *text])


def _number(value: float | None, digits: int = 0) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"
