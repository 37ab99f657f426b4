"""The engine's C API: found, checked, and refused with what to do."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

import pytest

from edgehost.engine import capi
from edgehost.errors import ConfigError


@pytest.fixture
def without_symbols(monkeypatch: pytest.MonkeyPatch) -> None:
    """A build of the binding that exports nothing, as on Windows."""
    monkeypatch.setattr(capi.c, "CDLL", lambda _name: object())


def test_the_installed_engine_is_usable() -> None:
    library, quickjs = capi._load()
    assert library.JS_GetRuntime
    assert quickjs.Context
    capi._verify()


@pytest.mark.usefixtures("without_symbols")
def test_the_archived_package_that_shadows_the_engine_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda name: {"quickjs": "1.19.4"}[name])
    with pytest.raises(
        ConfigError, match=r"archived package quickjs 1\.19\.4 .* pip uninstall -y quickjs"
    ):
        capi._load()


@pytest.mark.usefixtures("without_symbols")
def test_a_build_without_symbols_is_said() -> None:
    with pytest.raises(ConfigError, match=r"does not export the engine's C API.* wheel from PyPI"):
        capi._load()


def test_a_missing_engine_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "_quickjs", None)
    with pytest.raises(ConfigError, match="pip install quickjs-ng"):
        capi._load()


def test_a_python_of_32_bits_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "maxsize", 2**31 - 1)
    with pytest.raises(ConfigError, match="64-bit"):
        capi._load()


@pytest.mark.parametrize("name", ["get_runtime", "get_typed_array_type", "set_rejection_tracker"])
def test_another_layout_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(capi, name, lambda *_: -1)
    with pytest.raises(ConfigError, match="laid out differently"):
        capi._verify()


def test_a_value_is_as_large_as_the_engine_passes_it() -> None:
    assert ctypes.sizeof(capi.JSValue) == 16


@pytest.mark.parametrize(
    ("expression", "tag"),
    [
        ("['a']", -7),
        ("['a'.repeat(9000) + 'b'.repeat(9000)]", -6),
        ("[true]", capi.TAG_BOOL),
        ("[undefined]", capi.TAG_UNDEFINED),
    ],
)
def test_tags_are_the_engines(expression: str, tag: int) -> None:
    context: Any = capi.quickjs.Context()
    handle = context.eval(expression)
    ctx = capi.pointers(context)[1]
    found = capi.PropertyDescriptor()
    capi.get_own_property(ctx, ctypes.byref(found), capi.value_of(handle), capi.new_index(ctx, 0))
    value = found.value
    capi.free_value(ctx, value)
    assert value.tag == tag
    assert (tag in capi.STRING_TAGS) == (tag < 0)


def test_the_running_module_is_none_where_nothing_runs() -> None:
    context: Any = capi.quickjs.Context()
    assert capi.running_module(capi.pointers(context)[1]) == ""
