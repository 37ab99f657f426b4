"""What edgehost wants to reach, and whether it did in this run."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.summary import Summary, ratio


@dataclass(frozen=True, slots=True)
class Target:
    title: str
    bound: float
    reached: float | None  # None: not measured in this run
    unit: str = ""
    at_least: bool = True

    @property
    def is_met(self) -> bool | None:
        if self.reached is None:
            return None
        return self.reached >= self.bound if self.at_least else self.reached <= self.bound


def targets(summary: Summary, ours: str) -> list[Target]:
    """ours: the peer that is to reach them."""

    def beside(title: str, workload: str, peer: str, bound: float) -> Target:
        rates = (summary.of("rate", workload, name) for name in (ours, peer))
        return Target(f"{title} / {peer}", bound, ratio(*rates))

    def at_most(title: str, reached: float | None, bound: float, unit: str = "") -> Target:
        return Target(title, bound, reached, unit, at_least=False)

    cold = ratio(summary.cold_start(ours), summary.cold_start("aiohttp-app"))
    memory = summary.memory(ours)
    isolate = summary.results.second_isolate if ours == "edgehost" else None
    return [
        beside("HTTP hello", "hello", "aiohttp", 0.85),
        beside("HTTP hello", "hello", "workerd", 1.5),
        at_most("HTTP hello p99, 32 connections", summary.of("p99", "hello", ours), 3, "ms"),
        beside("WebSocket 64 x 16", "ws-64x16", "aiohttp", 2.5),
        beside("WebSocket 64 x 16", "ws-64x16", "deno", 1.0),
        beside("JSON API", "json", "workerd", 1.2),
        beside("stream", "stream", "workerd", 6.0),
        beside("Hono", "hono", "workerd", 1.0),
        beside("64 KiB body echo", "echo-64k", "workerd", 1.2),
        at_most("cold start / aiohttp-app", cold, 1.15),
        at_most("memory after start", ratio(memory, 1024), 60, "MiB"),
        at_most("idle socket", summary.socket_memory(ours), 16, "KiB"),
        at_most("second isolate", ratio(isolate, 1024), 5.7, "MiB"),
    ]
