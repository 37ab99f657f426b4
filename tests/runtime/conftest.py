"""A bare realm for tests of the runtime: the real isolate, without a worker or sockets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tasked import TaskedRealm

from edgehost.config import Limits
from edgehost.engine.isolate import Isolate


class Realm:
    """Evaluates scripts beside the runtime, and keeps the ops that they cause."""

    def __init__(self, isolate: Isolate) -> None:
        self.isolate = isolate

    def eval(self, source: str) -> Any:
        """The value of a script (never a module): plain values as they are, objects from JSON."""
        value = self.isolate._context.eval(source)
        while self.isolate._job():
            pass
        self.isolate._report_rejections()
        return json_value(value)

    def settle(self, source: str) -> Any:
        """What the promise of an async expression resolves to. Fails when it is still pending."""
        self.eval(
            "globalThis.__settled = undefined; (async () => (" + source + "))().then("
            "(value) => { __settled = { value } }, (error) => { __settled = { error: String(error) } })"
        )
        settled = self.eval("globalThis.__settled === undefined ? null : __settled")
        assert settled is not None, "the promise is still pending"
        assert "error" not in settled, settled["error"]
        return settled.get("value")


def json_value(value: Any) -> Any:
    return json.loads(value.json()) if hasattr(value, "json") else value


@pytest.fixture
def make_realm() -> Iterator[Callable[..., Realm]]:
    made: list[Isolate] = []

    def make(**options: Any) -> Realm:
        from edgehost.bindings import stateless_queries

        options.setdefault("ops", {})
        options.setdefault("queries", stateless_queries())
        isolate = Isolate(options.pop("limits", Limits()), **options)
        made.append(isolate)
        return Realm(isolate)

    yield make
    for isolate in made:
        isolate.close()


@pytest.fixture
def realm(make_realm: Callable[..., Realm]) -> Realm:
    return make_realm()


@pytest.fixture
def tasked(make_realm: Callable[..., Any]) -> TaskedRealm:
    return TaskedRealm(make_realm)


@pytest.fixture
def vectors() -> Callable[[str], str]:
    """The text of a file of public test data."""
    folder = Path(__file__).parents[1] / "vectors"
    return lambda name: (folder / name).read_text("utf-8")
