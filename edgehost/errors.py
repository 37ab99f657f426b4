"""Every error edgehost raises, on one page.

EdgehostError
├── ConfigError            an option, a file name or an environment is wrong: whoever starts edgehost
├── FunctionError          the function is wrong: its author
│   ├── FunctionLoadError      it cannot be loaded: syntax, imports, no handler
│   ├── ScriptError            a JavaScript error that nobody caught
│   ├── BoundaryViolation      it called the host as the runtime never does
│   └── LimitExceeded          it used more than it was given
│       ├── CpuLimitExceeded
│       ├── InvocationCpuLimitExceeded
│       ├── WallLimitExceeded
│       └── MemoryLimitExceeded
│           └── NoRoom                 for an event: it was not delivered
├── OutboundError          a request of the function's got no answer: see `kind`
├── PeerError              the other end of a connection broke the rules or left
└── HostBug                ours: please report it
"""

from __future__ import annotations

from dataclasses import dataclass

from edgehost.stack_lines import stack_lines

__all__ = [
    "BoundaryViolation",
    "ConfigError",
    "CpuLimitExceeded",
    "EdgehostError",
    "Failure",
    "Frame",
    "FunctionError",
    "FunctionLoadError",
    "HostBug",
    "InvocationCpuLimitExceeded",
    "LimitExceeded",
    "MemoryLimitExceeded",
    "NoRoom",
    "OutboundError",
    "PeerError",
    "ScriptError",
    "WallLimitExceeded",
]


class EdgehostError(Exception):
    """The base of all of them; never raised itself."""


class ConfigError(EdgehostError):
    """An option, a file name or the environment is wrong."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One line of a JavaScript stack that lies in the user's files."""

    function: str  # "<anonymous>" where it has no name
    file: str  # as the module is named: relative to the function's root folder
    line: int  # from 1
    column: int  # from 1

    def __str__(self) -> str:
        return f"{self.function} ({self.file}:{self.line}:{self.column})"


class FunctionError(EdgehostError):
    """The function failed.

    name: the JavaScript error's name, such as "TypeError".
    message: its message.
    frames: where, innermost first, in the user's files only.
    excerpt: the source line with a caret under the place, or "".
    """

    def __init__(
        self, name: str, message: str, frames: tuple[Frame, ...] = (), excerpt: str = ""
    ) -> None:
        super().__init__(name, message)
        self.name = name
        self.message = message
        self.frames = frames
        self.excerpt = excerpt

    @property
    def title(self) -> str:
        """The first line, as a JavaScript console would print it."""
        return f"{self.name}: {self.message}" if self.message else self.name

    def __str__(self) -> str:
        lines = [self.title, *stack_lines(self.frames)]
        if self.excerpt:
            lines.append(self.excerpt)
        return "\n".join(lines)


class FunctionLoadError(FunctionError):
    """The function cannot be loaded: a syntax error, a missing import, no handler."""


class ScriptError(FunctionError):
    """A JavaScript error that the function did not catch."""


class BoundaryViolation(FunctionError):
    """The host was asked for something that the runtime never asks for, or in a way that it never does.

    The function has got hold of what is the runtime's alone. Nothing was done.
    """

    def __init__(self, message: str) -> None:
        super().__init__(type(self).__name__, message)


class LimitExceeded(FunctionError):
    """The function used more than it was given; `limit` names the option that sets it."""

    limit = ""

    def __init__(self, message: str, frames: tuple[Frame, ...] = (), excerpt: str = "") -> None:
        super().__init__(type(self).__name__, message, frames, excerpt)


class CpuLimitExceeded(LimitExceeded):
    """More CPU time in one turn than `cpu_ms`."""

    limit = "cpu_ms"


class InvocationCpuLimitExceeded(LimitExceeded):
    """More CPU time in all turns of one invocation than `invocation_cpu_ms`."""

    limit = "invocation_cpu_ms"


class WallLimitExceeded(LimitExceeded):
    """An invocation took longer than `wall_ms`."""

    limit = "wall_ms"


class MemoryLimitExceeded(LimitExceeded):
    """The isolate's heap would have grown beyond `memory_mb`."""

    limit = "memory_mb"


class NoRoom(MemoryLimitExceeded):
    """The heap had no room for what an event carries: nothing of the function ran."""


class PeerError(EdgehostError):
    """The other end of a connection broke the rules or left."""


class OutboundError(EdgehostError):
    """A connection or request of the function's failed.

    kind: "refused", "unreachable", "dns", "tls", "reset", "timeout", "denied", "loop", "proxy", "protocol"
    or "limit".
    host: whom it was for. message: a line for the function. story: what only the log tells.
    """

    def __init__(self, kind: str, host: str, message: str, story: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.host = host
        self.message = message
        self.story = story


class HostBug(EdgehostError):
    """Something that edgehost promises itself did not hold."""


class Failure(Exception):
    """What a query raises to fail in the realm; never leaves the isolate.

    js_class: a global error class, such as "TypeError", or the name of a DOMException.
    """

    def __init__(self, js_class: str, message: str) -> None:
        super().__init__(message)
        self.js_class = js_class
