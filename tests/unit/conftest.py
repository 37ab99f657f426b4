"""Isolates for tests of the engine: with a runtime module of the test's own, or with a function."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from edgehost import boundary
from edgehost.bindings import stateless_queries
from edgehost.config import Limits
from edgehost.engine import bytecode, capi, runtime_files
from edgehost.engine.isolate import Isolate

# What a probe's own ops and queries take.
ANYTHING = boundary.Signature(
    (boundary.Kind((str, int, float, bool, type(None)), ("text", "utf8", "bytes")),),
    0,
    repeats=True,
)
MAIN, PROBE = "edgehost:main.js", "edgehost:probe.js"
# What a worker and the console would give; a test that cares passes its own.
OPS = "clearTimer invocationAnswered invocationDone invocationExtended loadFailed loaded log respond respondFailed setTimer uncaught"


class Host:
    """An isolate and what it asked for."""

    def __init__(
        self,
        limits: Limits,
        ops: tuple[str, ...],
        queries: Mapping[str, Callable[..., Any]],
        **options: Any,
    ) -> None:
        self.got: list[tuple[Any, ...]] = []
        self.isolate = Isolate(
            limits,
            ops={name: self._noting(name) for name in (*OPS.split(), *ops)},
            queries={**stateless_queries(), "consoleColors": lambda: 0, **queries},
            **options,
        )

    def _noting(self, name: str) -> Callable[..., None]:
        def note(*arguments: Any) -> None:
            self.got.append((name, *arguments))

        return note

    def deliver(self, event: str, *arguments: Any) -> list[tuple[Any, ...]]:
        """The ops of one turn, by name."""
        try:
            self.isolate.deliver(event, *arguments)
        finally:
            self.apply()
        return self.take()

    def apply(self) -> None:
        for function, arguments in self.isolate.take_ops():
            function(*arguments)

    def take(self) -> list[tuple[Any, ...]]:
        got, self.got = self.got, []
        return got

    def load(self, path: Path) -> list[tuple[Any, ...]]:
        """The ops of evaluating a function."""
        return self.deliver("load", self.isolate.modules.entry(path))


class Function(Host):
    """An isolate with a folder for the function's files."""

    def __init__(self, folder: Path, limits: Limits, **options: Any) -> None:
        super().__init__(limits, (), {}, **options)
        self.folder = folder
        self._entries = 0

    def evaluate(self, source: str) -> list[tuple[Any, ...]]:
        """The ops of evaluating one more module."""
        self._entries += 1
        entry = self.folder / f"entry{self._entries}.js"
        entry.write_text(source)
        return self.load(entry)

    def value(self, expression: str) -> str:
        """What an expression in a module is, as text; it may await."""
        ((name, *details),) = self.evaluate(
            f"let value; try {{ value = String({expression}); }} catch (error) {{ value = 'threw ' + error; }}"
            "throw value;"
        )
        assert name == "loadFailed"
        shown = str(details[1])
        # As the console shows a string, but for a heap that has no room for the console's printer.
        return shown[1:-1] if shown[:1] in ("'", '"', "`") else shown


@pytest.fixture
def make_function(tmp_path: Path) -> Iterator[Callable[..., Function]]:
    made: list[Function] = []

    def make(allow_eval: bool = False, **limits: int) -> Function:
        made.append(Function(tmp_path, Limits(**limits), allow_eval=allow_eval))
        return made[-1]

    yield make
    for function in made:
        function.isolate.close()


@pytest.fixture
def function(make_function: Callable[..., Function]) -> Function:
    return make_function()


@pytest.fixture
def probe() -> Iterator[Callable[..., Host]]:
    """Makes isolates whose runtime has one more module: the one file that tests may call it from."""
    patch = pytest.MonkeyPatch()
    made: list[Host] = []
    real = bytecode.load

    def load(ctx: int, name: str, source: str | None) -> int | None:
        if source is None:
            return real(ctx, name)
        module = capi.compile_module(ctx, name, source.encode())
        assert module.tag != capi.TAG_EXCEPTION, name
        capi.free_value(ctx, module)
        return int(module.payload)

    def make(
        source: str,
        queries: Mapping[str, Callable[..., Any]] | None = None,
        ops: tuple[str, ...] = ("got",),
        **limits: int,
    ) -> Host:
        for name in ops:
            patch.setitem(boundary.OPS, name, boundary.OPS.get(name, ANYTHING))
        for name in queries or {}:
            patch.setitem(boundary.QUERIES, name, boundary.QUERIES.get(name, ANYTHING))
        texts = {
            MAIN: f"{runtime_files.read(MAIN).decode()} import './probe.js';",
            PROBE: "import { ask, on, op, plain, post, query, text, utf8 } from './boundary/host.js';"
            + source,
        }
        patch.setattr(bytecode, "load", lambda ctx, name: load(ctx, name, texts.get(name)))
        made.append(Host(Limits(**limits), ops, queries or {}))
        return made[-1]

    yield make
    for host in made:
        host.isolate.close()
    patch.undo()
