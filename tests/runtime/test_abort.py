"""AbortController and AbortSignal: order, reasons, dependent signals, and what memory keeps."""

from __future__ import annotations

from typing import Any

import pytest


def test_abort_happens_once_and_keeps_its_first_reason(realm: Any) -> None:
    assert realm.eval(
        "(() => { const c = new AbortController(), reason = {}; let events = 0; "
        "c.signal.onabort = () => events++;"
        "c.abort(reason); c.abort('again');"
        "return [c.signal.aborted, c.signal.reason === reason, events, c.signal === c.signal] })()"
    ) == [True, True, 1, True]


def test_the_reason_is_an_abort_error_unless_given(realm: Any) -> None:
    assert realm.eval(
        "[AbortSignal.abort(), "
        "AbortSignal.abort(undefined)].map(({ reason: r }) => r.name + r.code)"
    ) == ["AbortError20", "AbortError20"]


def test_throw_if_aborted_throws_the_reason_itself(realm: Any) -> None:
    assert realm.eval(
        "(() => { const reason = {}; new AbortController().signal.throwIfAborted();"
        "try { AbortSignal.abort(reason).throwIfAborted() } catch (e) { return e === reason } })()"
    )


def test_signals_cannot_be_constructed(realm: Any) -> None:
    assert (
        realm.eval("try { new AbortSignal() } catch (e) { `${e}` }")
        == "TypeError: Illegal constructor"
    )


def test_listeners_are_removed_before_the_abort_event(realm: Any) -> None:
    assert (
        realm.eval(
            "(() => { const c = new AbortController(), t = new EventTarget(), log = [];"
            "c.signal.addEventListener('abort', () => t.dispatchEvent(new Event('x')));"
            "t.addEventListener('x', () => log.push('x'), { signal: c.signal }); c.abort(); "
            "return log })()"
        )
        == []
    )


def test_any_takes_the_reason_of_the_first_that_is_aborted(realm: Any) -> None:
    assert (
        realm.eval(
            "AbortSignal.any([new AbortController().signal, AbortSignal.abort(1), "
            "AbortSignal.abort(2)]).reason"
        )
        == 1
    )


def test_any_of_any_aborts_after_its_source_in_order_of_making(realm: Any) -> None:
    assert realm.eval(
        "(() => { const log = [], c = new AbortController();"
        "const first = AbortSignal.any([c.signal]), second = AbortSignal.any([first]);"
        "const all = { second, first, source: c.signal };"
        "for (const [name, signal] of Object.entries(all)) signal.onabort = () =>"
        "  log.push([name, second.aborted]); c.abort(); return log })()"
    ) == [["source", True], ["first", True], ["second", True]]


@pytest.mark.parametrize("argument", ["", "1", "[1]", "{}", "null"])
def test_any_takes_a_sequence_of_signals(realm: Any, argument: str) -> None:
    assert (
        realm.eval(f"try {{ AbortSignal.any({argument}) }} catch (e) {{ e.name }}") == "TypeError"
    )


@pytest.mark.parametrize("argument", ["", "-1", "NaN", "Infinity", "2 ** 53"])
def test_timeout_takes_whole_milliseconds(realm: Any, argument: str) -> None:
    assert (
        realm.eval(f"try {{ AbortSignal.timeout({argument}) }} catch (e) {{ e.name }}")
        == "TypeError"
    )


def test_an_unheard_dependent_signal_is_collected_while_its_source_lives(realm: Any) -> None:
    assert (
        realm.eval(
            "(() => { globalThis.c = new AbortController(); const refs = [];"
            "for (let i = 0; i < 100; i++) refs.push(new WeakRef(AbortSignal.any([c.signal])));"
            "return refs.filter((ref) => ref.deref() !== undefined).length })()"
        )
        == 0
    )


def test_a_dependent_signal_with_a_listener_lives_until_its_source_aborts(realm: Any) -> None:
    realm.eval(
        "globalThis.c = new AbortController(); globalThis.heard = 0; globalThis.ref = (() => {"
        "const signal = AbortSignal.any([c.signal]); "
        "signal.addEventListener('abort', () => heard++);"
        "return new WeakRef(signal) })(); null"
    )
    realm.isolate.collect()
    assert realm.eval("c.abort(); heard") == 1
    realm.isolate.collect()
    assert realm.eval("ref.deref() === undefined") is True


def test_a_dependent_signal_whose_listener_was_removed_is_collected(realm: Any) -> None:
    assert realm.eval(
        "(() => { globalThis.c = new AbortController(); const f = () => {};"
        "const ref = (() => { const signal = AbortSignal.any([c.signal]);"
        "signal.addEventListener('abort', f); signal.removeEventListener('abort', f);"
        "return new WeakRef(signal) })(); return ref.deref() === undefined })()"
    )


def test_a_removed_listener_leaves_nothing_in_its_signal(realm: Any) -> None:
    assert realm.eval(
        "(() => { globalThis.c = new AbortController(); const ref = (() => {"
        "const target = new EventTarget(), f = () => {};"
        "target.addEventListener('x', f, { signal: c.signal }); target.removeEventListener('x', f);"
        "return new WeakRef(target) })(); return ref.deref() === undefined })()"
    )
