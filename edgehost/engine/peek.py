"""What JavaScript cannot ask about a value itself, for printing it: its class, a promise's state,
a proxy's target.

These are the only queries that see objects. They answer from the engine's own records: no trap,
no getter and nothing else of the function runs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edgehost.engine import capi


def queries(context: Any) -> dict[str, Callable[..., Any]]:
    """Callables for one context. None of them raises."""
    runtime, ctx = capi.pointers(context)
    plain = context.eval("({})")
    names = {capi.get_class_id(capi.value_of(plain)): "Object"}  # by class id

    def class_of(value: Any) -> str:
        """The name of an object's class, such as "Map", whatever its prototype is; or "Proxy"."""
        inner = capi.value_of(value)
        number = capi.get_class_id(inner)
        name = names.get(number)
        if name is None:
            name = _class_name(runtime, ctx, number)
            if name == "Object":
                # The engine calls the classes of proxies and of module namespaces so too.
                name = "Proxy" if capi.is_proxy(inner) else "Module"
            names[number] = name
        return name

    def look_into(value: Any, box: Any) -> int:
        """Fills an empty array from a promise or a proxy.

        A promise: 0 pending; 1 fulfilled, [value]; 2 rejected, [reason].
        A proxy: 0 revoked; 1 with [target, handler].
        """
        inner, array = capi.value_of(value), capi.value_of(box)
        if capi.is_proxy(inner):
            return _look_into_proxy(ctx, inner, array)
        state: int = capi.promise_state(ctx, inner)
        if state > 0:
            _put(ctx, array, 0, capi.promise_result(ctx, inner))
        return state

    return {"classOf": class_of, "lookInto": look_into}


def _look_into_proxy(ctx: int, proxy: capi.JSValue, array: capi.JSValue) -> int:
    target = capi.get_proxy_target(ctx, proxy)
    if target.tag == capi.TAG_EXCEPTION:
        capi.free_value(ctx, capi.get_exception(ctx))
        return 0
    _put(ctx, array, 0, target)
    _put(ctx, array, 1, capi.get_proxy_handler(ctx, proxy))
    return 1


def _put(ctx: int, array: capi.JSValue, index: int, value: capi.JSValue) -> None:
    # Defined, not set: a setter on Array.prototype must not run.
    capi.define_element(ctx, array, index, value, capi.ALL_ATTRIBUTES)


def _class_name(runtime: int, ctx: int, number: int) -> str:
    atom = capi.get_class_name(runtime, number)
    text = capi.text_of_atom(ctx, atom)
    capi.free_atom(ctx, atom)
    return text
