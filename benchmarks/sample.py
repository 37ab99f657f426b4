"""One measurement of one server under one workload."""

from __future__ import annotations

import resource
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sample:
    count: int  # requests answered, or messages echoed
    seconds: float  # wall clock
    server_cpu: float  # seconds, of the server's whole session
    generator_cpu: float  # seconds
    p50: float  # milliseconds
    p99: float

    @property
    def rate(self) -> float:
        """A CPU second of the server."""
        return self.count / self.server_cpu if self.server_cpu else 0.0

    @property
    def server_share(self) -> float:
        """Of its core."""
        return self.server_cpu / self.seconds

    @property
    def generator_share(self) -> float:
        """Of its core. Near 1 with the server well under 1, it was the bound."""
        return self.generator_cpu / self.seconds


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def children_cpu() -> float:
    """Seconds that our ended children have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
