"""Where the variables of `env` come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgehost.cli.variables import variables
from edgehost.errors import ConfigError


@pytest.fixture
def function(tmp_path: Path) -> Path:
    """In a folder of a project."""
    (tmp_path / ".env").write_text("OUTSIDE=1")
    file = tmp_path / "project" / "src" / "fn.js"
    file.parent.mkdir(parents=True)
    file.touch()
    (tmp_path / "project" / "package.json").write_text("{}")
    return file


def test_the_file_beside_the_function_is_read_by_itself(function: Path) -> None:
    (function.parent / ".env").write_text("A=beside")
    assert variables(function, (), None, by_itself=True) == {"A": "beside"}
    assert variables(function, (), None, by_itself=False) == {}


def test_it_may_be_above_the_function_in_its_project_and_the_nearest_counts(function: Path) -> None:
    assert variables(function, (), None, by_itself=True) == {}
    (function.parent.parent / ".env").write_text("A=project\nB=project")
    assert variables(function, (), None, by_itself=True) == {"A": "project", "B": "project"}
    (function.parent / ".env").write_text("A=beside")
    assert variables(function, (), None, by_itself=True) == {"A": "beside"}


def test_a_folder_of_that_name_is_left_alone(function: Path) -> None:
    (function.parent / ".env").mkdir()
    assert variables(function, (), None, by_itself=True) == {}


def test_options_win_over_the_named_file_and_that_over_the_other(
    function: Path, tmp_path: Path
) -> None:
    (function.parent / ".env").write_text("A=1\nB=1\nC=1\nOF=${A}${B}${C}")
    named = tmp_path / "named.env"
    named.write_text("B=2\nC=2\nNAMED=${A}${B}${C}")
    assert variables(function, ("C=3",), named, by_itself=True) == {
        "A": "1",
        "B": "2",
        "C": "3",
        "OF": "113",
        "NAMED": "123",
    }


def test_a_broken_file_says_how_to_do_without(function: Path) -> None:
    (function.parent / ".env").write_text("A=1\nbroken")
    with pytest.raises(ConfigError, match=r"\.env:2: 'broken' .*--no-env-file"):
        variables(function, (), None, by_itself=True)
