"""What a session of processes has used: CPU time and memory, children included. Linux only.

A server is started as the leader of a session, so its helpers (miniflare runs workerd) are found
by the session's number, which is the leader's process id.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")  # units of /proc/PID/stat in a second


def members(session: int) -> list[int]:
    """The living processes of a session."""
    return [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if _in(pid, session)]


def cpu_seconds(session: int) -> float:
    """User and system time of every process of the session, and of their finished children."""
    return sum(map(_cpu_seconds, members(session)))


def memory_kib(session: int) -> int:
    """Proportional set size: private memory, and the fair share of what is shared."""
    return sum(map(process_memory_kib, members(session)))


def _in(pid: int, session: int) -> bool:
    fields = _stat(pid)
    return bool(fields) and int(fields[3]) == session and fields[0] != "Z"


def _cpu_seconds(pid: int) -> float:
    fields = _stat(pid)
    if not fields:
        return 0.0
    finished_children = (int(fields[13]) + int(fields[14])) / TICK
    try:
        return time.clock_gettime(_clock(pid)) + finished_children
    except OSError:  # it ended meanwhile
        return finished_children


def _clock(pid: int) -> int:
    """The kernel's number for a process's CPU clock (clock_getcpuclockid): the same time as utime
    and stime of /proc/PID/stat, in nanoseconds instead of hundredths of a second.
    """
    return (~pid << 3) | 2


def process_memory_kib(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name: state first. None of them when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
