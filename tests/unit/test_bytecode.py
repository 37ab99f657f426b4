"""The runtime's bytecode, kept for the next process."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from edgehost.config import Limits
from edgehost.engine import bytecode, runtime_files
from edgehost.engine.isolate import Isolate

MODULE = "edgehost:performance/clock.js"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the runtime that this process has not loaded and no process has kept."""
    copy = tmp_path / "runtime_js"
    shutil.copytree(runtime_files.folder(), copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(runtime_files, "folder", lambda: copy)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    monkeypatch.setattr(bytecode, "_modules", {})
    monkeypatch.setattr(bytecode, "_unsaved", {})
    return copy


@pytest.fixture
def start(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], set[str]]:
    """Boots an isolate as a new process does. Returns the names of the modules that it parsed."""

    def boot() -> set[str]:
        bytecode._modules.clear()
        bytecode._store.cache_clear()
        parsed: set[str] = set()
        compile_module = bytecode._compile

        def note(ctx: int, name: str) -> int | None:
            parsed.add(name)
            return compile_module(ctx, name)

        with monkeypatch.context() as patch:
            patch.setattr(bytecode, "_compile", note)
            isolate = Isolate(Limits(), ops={}, queries=queries())
        isolate.close()
        return parsed

    yield boot
    bytecode._store.cache_clear()


def queries() -> dict[str, Callable[..., object]]:
    from edgehost.bindings import stateless_queries

    return stateless_queries()


def test_the_second_process_parses_nothing(start: Callable[[], set[str]]) -> None:
    assert MODULE in start()
    assert start() == set()


def test_a_changed_file_is_parsed_again_and_no_other(
    start: Callable[[], set[str]], folder: Path
) -> None:
    start()
    file = folder / "performance/clock.js"
    file.write_text(file.read_text() + "\n// changed\n")
    assert start() == {MODULE}
    assert start() == set()


def test_a_file_of_the_same_size_with_another_time_is_parsed_again(
    start: Callable[[], set[str]], folder: Path
) -> None:
    start()
    os.utime(folder / "performance/clock.js", (1, 1))
    assert start() == {MODULE}


def test_another_build_of_the_engine_parses_all(
    start: Callable[[], set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = start()
    monkeypatch.setattr(bytecode, "_engine", lambda: ("another", (0, 0)))
    assert start() == everything
    assert start() == set()


@pytest.mark.parametrize("damage", [b"", b"\x00", b"i\x01", b"not a store"])
def test_a_damaged_store_is_made_anew(start: Callable[[], set[str]], damage: bytes) -> None:
    everything = start()
    bytecode._store_file().write_bytes(damage)
    assert start() == everything
    assert start() == set()


def test_a_store_that_was_cut_off_is_made_anew(start: Callable[[], set[str]]) -> None:
    everything = start()
    file = bytecode._store_file()
    file.write_bytes(file.read_bytes()[:-1000])
    assert start() == everything


def test_it_lies_where_python_keeps_its_own(
    start: Callable[[], set[str]], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start()
    assert [file.suffix for file in (folder / "__pycache__").iterdir()] == [".bytecode"]
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "elsewhere"))
    start()
    assert len(list((tmp_path / "elsewhere").rglob("*.bytecode"))) == 1


def test_nothing_is_kept_where_python_keeps_nothing(
    start: Callable[[], set[str]], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    start()
    assert not (folder / "__pycache__").exists()


def test_a_folder_that_cannot_be_written_is_no_trouble(
    start: Callable[[], set[str]], folder: Path
) -> None:
    (folder / "__pycache__").write_text("in the way")
    everything = start()
    assert start() == everything


def test_functions_of_the_runtime_do_not_show_their_source(start: Callable[[], set[str]]) -> None:
    for _ in range(2):  # compiled, then read
        start()
        isolate = Isolate(Limits(), ops={}, queries=queries())
        shown = isolate._context.eval(
            "[URL, URL.prototype.toString, fetch => 1].map(String).join()"
        )
        isolate.close()
        assert shown.count("[native code]") == 2
        assert shown.endswith("fetch => 1")
