"""Where edgehost keeps its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgehost import folders


def test_the_system_says_where_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EDGEHOST_HOME", raising=False)
    assert folders.data().name == folders.cache().name == "edgehost"
    assert folders.data().is_absolute()
    assert folders.data() != folders.cache()


def test_a_variable_moves_both(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EDGEHOST_HOME", str(tmp_path))
    assert folders.data() == tmp_path
    assert folders.cache() == tmp_path / "cache"
