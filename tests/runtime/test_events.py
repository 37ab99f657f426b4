"""Event and EventTarget: what listeners see, in which order, and what stops them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

LOG = (
    "const log = []; const target = new EventTarget(); const note = (text) => () => log.push(text);"
)


@pytest.fixture
def run(realm: Any) -> Callable[[str], Any]:
    """Evaluates a body in which `target`, `log` and `note(text)` exist."""
    return lambda body: realm.eval(f"(() => {{ {LOG} {body} }})()")


def test_listeners_are_called_in_order_of_addition_capturing_ones_first(run: Any) -> None:
    assert run(
        "target.addEventListener('x', note('a')); target.addEventListener('x', note('b'), true);"
        "target.addEventListener('x', note('c')); target.dispatchEvent(new Event('x')); return log"
    ) == ["b", "a", "c"]


def test_a_listener_is_added_once_for_each_phase(run: Any) -> None:
    assert (
        run(
            "const f = note('f'); for (const capture of [false, false, true, true]) "
            "target.addEventListener('x', f, capture);"
            "target.dispatchEvent(new Event('x')); return log.length"
        )
        == 2
    )


def test_a_listener_added_during_dispatch_waits_for_the_next(run: Any) -> None:
    assert run(
        "target.addEventListener('x', () => target.addEventListener('x', note('late')));"
        "target.dispatchEvent(new Event('x')); const first = log.length;"
        "target.dispatchEvent(new Event('x')); return [first, log.length]"
    ) == [0, 1]


def test_a_listener_removed_during_dispatch_is_not_called(run: Any) -> None:
    assert run(
        "const b = note('b'); "
        "target.addEventListener('x', () => target.removeEventListener('x', b));"
        "target.addEventListener('x', b); target.addEventListener('x', note('c'));"
        "target.dispatchEvent(new Event('x')); return log"
    ) == ["c"]


def test_a_listener_removed_and_added_again_during_dispatch_waits(run: Any) -> None:
    assert (
        run(
            "const b = note('b'); target.addEventListener('x', () => {"
            "  target.removeEventListener('x', b); target.addEventListener('x', b) });"
            "target.addEventListener('x', b); target.dispatchEvent(new Event('x')); return log"
        )
        == []
    )


def test_a_once_listener_is_gone_before_it_runs(run: Any) -> None:
    assert run(
        "target.addEventListener('x', () => { log.push('once');"
        "  if (log.length < 9) target.dispatchEvent(new Event('x')) }, { once: true });"
        "target.dispatchEvent(new Event('x')); return log"
    ) == ["once"]


def test_a_passive_listener_cannot_cancel(run: Any) -> None:
    assert (
        run(
            "target.addEventListener('x', (e) => { e.preventDefault(); "
            "e.returnValue = false }, { passive: true });"
            "return target.dispatchEvent(new Event('x', { cancelable: true }))"
        )
        is True
    )


def test_only_a_cancelable_event_is_cancelled(run: Any) -> None:
    assert run(
        "target.addEventListener('x', (e) => e.preventDefault());"
        "return [false, true].map((cancelable) => target.dispatchEvent(new Event('x', "
        "{ cancelable })))"
    ) == [True, False]


def test_an_aborted_signal_removes_the_listener(run: Any) -> None:
    assert run(
        "const controller = new AbortController(); const { signal } = controller;"
        "target.addEventListener('x', note('x'), { signal }); target.dispatchEvent(new Event('x'));"
        "controller.abort(); target.dispatchEvent(new Event('x'));"
        "target.addEventListener('x', note('never'), { signal }); "
        "target.dispatchEvent(new Event('x'));"
        "return log"
    ) == ["x"]


@pytest.mark.parametrize("signal", ["null", "{}", "1"])
def test_a_signal_must_be_an_abort_signal(run: Any, signal: str) -> None:
    assert (
        run(
            f"try {{ target.addEventListener('x', null, "
            f"{{ signal: {signal} }}) }} catch (e) {{ return e.name }}"
        )
        == "TypeError"
    )


def test_handle_event_is_looked_up_at_each_call(run: Any) -> None:
    assert run(
        "const listener = {}; target.addEventListener('x', listener);"
        "listener.handleEvent = function (e) { log.push(this === listener, e.type) };"
        "target.dispatchEvent(new Event('x')); return log"
    ) == [True, "x"]


def test_stop_immediate_propagation_ends_the_dispatch(run: Any) -> None:
    assert (
        run(
            "target.addEventListener('x', (e) => e.stopImmediatePropagation());"
            "target.addEventListener('x', note('never')); target.dispatchEvent(new Event('x')); "
            "return log"
        )
        == []
    )


def test_stop_propagation_lets_the_same_phase_finish(run: Any) -> None:
    assert run(
        "target.addEventListener('x', (e) => e.stopPropagation(), true);"
        "target.addEventListener('x', note('capture'), true);"
        "target.addEventListener('x', note('bubble')); target.dispatchEvent(new Event('x')); "
        "return log"
    ) == ["capture"]


def test_an_event_can_be_dispatched_again_but_not_meanwhile(run: Any) -> None:
    assert run(
        "const event = new Event('x'); target.addEventListener('x', () => {"
        "  try { target.dispatchEvent(event) } catch (e) { log.push(e.name) } });"
        "target.dispatchEvent(event); target.dispatchEvent(event); return log"
    ) == ["InvalidStateError", "InvalidStateError"]


def test_is_trusted_is_an_own_accessor_that_cannot_be_changed(run: Any) -> None:
    assert run(
        "const event = new Event('x');"
        "const { get, set, configurable, enumerable } = Object.getOwnPropertyDescriptor(event, "
        "'isTrusted');"
        "const other = Object.getOwnPropertyDescriptor(new CustomEvent('y'), 'isTrusted').get;"
        "return [typeof get, set === undefined, configurable, enumerable, get === other, "
        "event.isTrusted]"
    ) == ["function", True, False, True, True, False]


def test_the_state_of_an_event_during_and_after_dispatch(run: Any) -> None:
    assert run(
        "const look = (e) => [e.target === target, e.srcElement === target, "
        "e.currentTarget === target,"
        "  e.eventPhase, e.composedPath().length];"
        "const event = new Event('x'); target.addEventListener('x', (e) => log.push(look(e)));"
        "target.dispatchEvent(event); return [...log, look(event)]"
    ) == [[True, True, True, 2, 1], [True, True, False, 0, 0]]


def test_init_event_starts_an_event_over(run: Any) -> None:
    assert run(
        "const e = new Event('x', { cancelable: true }); e.preventDefault(); e.stopPropagation();"
        "e.initEvent('y', true); "
        "return [e.type, e.bubbles, e.cancelable, e.defaultPrevented, e.cancelBubble]"
    ) == ["y", True, False, False, False]


def test_members_are_not_reachable_through_a_wrong_receiver(run: Any) -> None:
    assert (
        run(
            "const { get } = Object.getOwnPropertyDescriptor(Event.prototype, 'type');"
            "for (const f of [() => get.call({}), "
            "() => EventTarget.prototype.dispatchEvent.call({}, new Event('x')),"
            "  () => target.dispatchEvent({ type: 'x' })]) { try { f(); log.push('no error') }"
            "  catch (e) { log.push(e.name) } } return log"
        )
        == ["TypeError"] * 3
    )


def test_an_attribute_handler_keeps_its_place_when_it_is_exchanged(run: Any) -> None:
    assert run(
        "const { signal } = new AbortController(); "
        "const fire = () => signal.dispatchEvent(new Event('abort'));"
        "signal.onabort = note('first'); signal.addEventListener('abort', note('listener'));"
        "signal.onabort = note('second'); fire();"
        "signal.onabort = null; signal.onabort = note('third'); fire(); return log"
    ) == ["second", "listener", "listener", "third"]


def test_an_attribute_handler_that_is_no_function_does_nothing(run: Any) -> None:
    assert run(
        "const { signal } = new AbortController(); const object = {}; signal.onabort = object;"
        "const kept = signal.onabort === object; signal.dispatchEvent(new Event('abort'));"
        "signal.onabort = 5; return [kept, signal.onabort]"
    ) == [True, None]


def test_an_attribute_handler_that_returns_false_cancels(run: Any) -> None:
    assert (
        run(
            "const { signal } = new AbortController(); signal.onabort = () => false;"
            "return signal.dispatchEvent(new Event('abort', { cancelable: true }))"
        )
        is False
    )


def test_message_event_ports_are_one_frozen_array(run: Any) -> None:
    assert run(
        "const e = new MessageEvent('m', { data: 1 });"
        "return [e.data, e.ports === e.ports, Object.isFrozen(e.ports), e.origin, e.source]"
    ) == [1, True, True, "", None]


def test_close_event_members_are_converted(run: Any) -> None:
    assert run(
        r"const e = new CloseEvent('close', { code: 65537, reason: 'a\ud800', wasClean: 1 });"
        r"return [e.code, e.reason === 'a\ufffd', e.wasClean]"
    ) == [1, True, True]


def test_a_promise_rejection_event_needs_its_promise(run: Any) -> None:
    assert (
        run("try { new PromiseRejectionEvent('x', { reason: 1 }) } catch (e) { return e.name }")
        == "TypeError"
    )


def test_what_inherits_from_an_event_is_none(realm: Any) -> None:
    assert realm.eval(
        "try { Object.create(new Event('x')).type } catch (error) { error instanceof TypeError }"
    )
    assert realm.eval("try { Event.prototype.type } catch (error) { error instanceof TypeError }")
