"""Medians over the turns, and what the results are as JSON."""

from __future__ import annotations

from dataclasses import asdict
from statistics import median
from typing import Any

from benchmarks.measure import Results


class Summary:
    """The median of each figure, None where it was not measured."""

    def __init__(self, results: Results) -> None:
        self.results = results

    def of(self, figure: str, workload: str, peer: str) -> float | None:
        """A figure of the samples: `rate`, `p50`, `p99`, `server_share`, `generator_share`."""
        samples = self.results.samples.get((workload, peer))
        return median(getattr(sample, figure) for sample in samples) if samples else None

    def cold_start(self, peer: str) -> float | None:
        """Milliseconds."""
        return _median(self.results.cold_start.get(peer))

    def memory(self, peer: str) -> float | None:
        """KiB after the first response."""
        return _median(self.results.memory.get(peer))

    def socket_memory(self, peer: str) -> float | None:
        """KiB for each idle socket."""
        return _median(self.results.socket_memory.get(peer))

    def as_json(self) -> dict[str, Any]:
        workloads: dict[str, dict[str, Any]] = {}
        for (workload, peer), samples in self.results.samples.items():
            workloads.setdefault(workload, {})[peer] = {
                "rate_per_cpu_second": self.of("rate", workload, peer),
                "p50_ms": self.of("p50", workload, peer),
                "p99_ms": self.of("p99", workload, peer),
                "server_cpu_share": self.of("server_share", workload, peer),
                "generator_cpu_share": self.of("generator_share", workload, peer),
                "turns": [asdict(sample) for sample in samples],
            }
        return {
            "workloads": workloads,
            "cold_start_ms": self.results.cold_start,
            "memory_after_start_kib": self.results.memory,
            "memory_per_idle_socket_kib": self.results.socket_memory,
            "second_isolate_kib": self.results.second_isolate,
            "failures": [
                {"what": what, "peer": peer, "reason": reason}
                for (what, peer), reason in self.results.failures.items()
            ],
        }


def ratio(first: float | None, second: float | None) -> float | None:
    return first / second if first is not None and second else None


def _median(values: list[float] | None) -> float | None:
    return median(values) if values else None
