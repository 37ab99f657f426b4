"""The settings."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from edgehost.config import FunctionConfig, Limits, ServerConfig


@pytest.mark.parametrize("settings", [Limits(), FunctionConfig(Path("fn.js")), ServerConfig()])
def test_settings_cannot_be_changed(settings: object) -> None:
    for field in dataclasses.fields(settings):  # type: ignore[arg-type]
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(settings, field.name, None)


def test_a_function_is_named_after_its_file() -> None:
    assert FunctionConfig(Path("a/my.fn.js")).name == "my.fn"


def test_functions_do_not_share_their_variables() -> None:
    assert FunctionConfig(Path("a.js")).env is not FunctionConfig(Path("a.js")).env


def test_every_limit_is_a_number_that_is_not_negative() -> None:
    assert all(type(value) is int and value >= 0 for value in dataclasses.astuple(Limits()))


def test_the_server_listens_on_this_machine_only_unless_told() -> None:
    assert ServerConfig().host == "127.0.0.1"
    assert ServerConfig().tls


@pytest.mark.parametrize(
    ("env", "production"),
    [({}, True), ({"NODE_ENV": "production"}, True), ({"NODE_ENV": "test"}, False)],
)
def test_packages_take_their_code_for_production_unless_a_variable_says_otherwise(
    env: dict[str, str], production: bool
) -> None:
    assert FunctionConfig(Path("a.js"), env).production is production
