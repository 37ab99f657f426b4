"""The global object: an EventTarget, and the members that have no file of their own."""

from __future__ import annotations

import time
from typing import Any


def test_event_methods_work_as_bare_functions(realm: Any) -> None:
    assert realm.eval(
        "(() => { 'use strict'; "
        "const add = addEventListener, remove = removeEventListener, dispatch = dispatchEvent;"
        "const log = []; "
        "const f = function (e) { log.push(this === globalThis, e.target === self) };"
        "add('x', f); dispatch(new Event('x')); remove('x', f); dispatch(new Event('x')); "
        "return log })()"
    ) == [True, True]


def test_the_global_object_is_an_event_target(realm: Any) -> None:
    assert realm.eval("[self === globalThis, self instanceof EventTarget, `${self}`]") == [
        True,
        True,
        "[object global]",
    ]


def test_handler_attributes_start_empty_and_take_functions(realm: Any) -> None:
    assert (
        realm.eval(
            "['onerror', 'onunhandledrejection', 'onrejectionhandled'].map((name) => {"
            "const before = globalThis[name]; globalThis[name] = 5; "
            "return [before, globalThis[name]] })"
        )
        == [[None, None]] * 3
    )


def test_performance_counts_from_its_origin(realm: Any) -> None:
    now = realm.eval("performance.timeOrigin + performance.now()")
    assert abs(now / 1000 - time.time()) < 1
    assert realm.eval("performance.toJSON().timeOrigin === performance.timeOrigin") is True
    assert realm.eval("(() => { const a = performance.now(); return performance.now() >= a })()")


def test_performance_is_an_event_target(realm: Any) -> None:
    assert realm.eval("performance instanceof EventTarget") is True


def test_navigator_names_the_host(realm: Any) -> None:
    assert realm.eval("navigator.userAgent") == "edgehost"
    assert realm.eval(
        "[navigator.language, navigator.languages, navigator.hardwareConcurrency]"
    ) == [
        "en-US",
        ["en-US"],
        1,
    ]


def test_singletons_cannot_be_constructed(realm: Any) -> None:
    assert (
        realm.eval(
            "[Crypto, Navigator, "
            "Performance].map((Class) => { try { new Class() } catch (e) { return e.message } })"
        )
        == ["Illegal constructor"] * 3
    )


def test_dom_exceptions_are_errors(realm: Any) -> None:
    assert realm.eval(
        "[Error.isError(new DOMException()), new DOMException() instanceof Error, "
        "Error.isError({}),"
        "new DOMException('m', 'AbortError').code, new DOMException('m', 'Other').code]"
    ) == [True, True, False, 20, 0]


def test_quota_exceeded_error_checks_its_amounts(realm: Any) -> None:
    assert realm.eval(
        "[{ quota: -1 }, { requested: -1 }, { quota: 2, requested: 1 }, "
        "{ quota: NaN }].map((options) => {"
        "try { new QuotaExceededError('', options) } catch (e) { return e.name } })"
    ) == ["RangeError", "RangeError", "RangeError", "TypeError"]
