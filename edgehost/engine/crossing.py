"""How values cross between Python and the realm, exactly.

The binding alone passes booleans, floats, None, 32-bit integers, and text without NUL or lone
surrogates. Everything else goes through here: bytes, any text, larger numbers. Each of the two
directions has one function, and both leave ordinary values untouched.
"""

from __future__ import annotations

import ctypes as c
from typing import Any

from edgehost.engine import capi
from edgehost.errors import BoundaryViolation

Value = str | bytes | list[bytes] | int | float | bool | None  # a list: bytes in pieces
Carrier = tuple[Any, capi.JSValue]  # an object of the binding, and the value inside it


class HeapFull(Exception):
    """The isolate's heap has no room for what crosses its boundary."""


INT_MIN, INT_MAX = -(2**31), 2**31 - 1
EXACT = 2**53  # beyond it a JavaScript number does not hold every integer
LARGE = (
    64 * 1024
)  # characters or bytes: the binding does not notice when the heap has no room for a text


class Crossing:
    """Carries values over the boundary of one context."""

    def __init__(self, context: Any, new_handle: Any) -> None:
        """new_handle: a JavaScript function that returns a fresh object."""
        self._ctx = capi.pointers(context)[1]
        self._new_handle = new_handle
        self._new_buffer = context.eval("((Buffer) => (size) => new Buffer(size))(ArrayBuffer)")
        self._idle: list[Carrier] = []  # that carry nothing
        self.busy: list[Carrier] = []  # whose value is still to be freed
        self._size = c.c_size_t()
        self._size_there = c.byref(self._size)
        self._element = capi.PropertyDescriptor()
        array = context.eval("[]")
        self._array_class = capi.get_class_id(capi.value_of(array))
        # A first carrier: making one enters the engine, which no query may do (`lazy.py` says why).
        self._fill(capi.new_array_buffer(self._ctx, b"", 0))
        self.release()

    def close(self) -> None:
        """Lets go of the context, which the callables that use this would keep alive in a cycle."""
        self._new_handle = self._new_buffer = None
        self._idle.clear()
        self.busy.clear()

    # Into the realm

    def is_plain(self, value: object) -> bool:
        """Whether the binding passes this value exactly."""
        kind = type(value)
        if kind is int:
            return INT_MIN <= value <= INT_MAX  # type: ignore[operator]
        if kind is str:
            return value.isascii() and len(value) < LARGE  # type: ignore[attr-defined, arg-type]
        return kind is not bytes and kind is not list

    def carry(self, value: Value) -> Any:
        """Wraps what the binding cannot pass. Free it with `release` when it has arrived."""
        kind = type(value)
        if kind is int:
            return self._number(value)  # type: ignore[arg-type]
        if kind is bytes:
            return self._fill(capi.new_array_buffer(self._ctx, value, len(value)))  # type: ignore[arg-type]
        if kind is list:
            return self._gather(value)  # type: ignore[arg-type]
        return self._text(value) if kind is str else value  # type: ignore[arg-type]

    @staticmethod
    def _number(value: int) -> int | float:
        if INT_MIN <= value <= INT_MAX:
            return value
        if not -EXACT <= value <= EXACT:
            # The host has none so large by itself: an id that the realm gave comes back.
            raise BoundaryViolation(f"{value} does not fit a JavaScript number")
        return float(value)

    def _text(self, value: str) -> Any:
        try:
            data = value.encode()
        except UnicodeEncodeError:  # lone surrogates
            data = value.encode("utf-16-le", "surrogatepass")
            return self._fill(capi.new_string_utf16(self._ctx, data, len(data) // 2))
        if len(data) < LARGE:
            return value
        return self._fill(capi.new_string_utf8(self._ctx, data, len(data)))

    def _gather(self, pieces: list[bytes]) -> Any:
        """An ArrayBuffer with the bytes of all pieces, each copied once."""
        try:
            handle = self._new_buffer(sum(map(len, pieces)))
        except capi.quickjs.JSException:
            raise HeapFull from None
        at = capi.get_array_buffer(self._ctx, self._size_there, capi.value_of(handle))
        for piece in pieces:
            c.memmove(at, piece, len(piece))
            at += len(piece)
        return handle

    def _fill(self, value: capi.JSValue) -> Any:
        """Puts a value into a handle."""
        tag = value.tag
        if tag == capi.TAG_EXCEPTION:
            raise self._heap_full()
        carrier = self._idle.pop() if self._idle else self._new_carrier(value)
        slot = carrier[1]
        slot.payload, slot.tag = value.payload, tag
        self.busy.append(carrier)
        return carrier[0]

    def _new_carrier(self, value: capi.JSValue) -> Carrier:
        """A handle whose own object was dropped. value: freed when there is no room for one."""
        try:
            handle = self._new_handle()
        except capi.quickjs.JSException:
            capi.free_value(self._ctx, value)
            raise HeapFull from None
        slot = capi.value_of(handle)
        self._empty(slot)
        return handle, slot

    def _empty(self, slot: capi.JSValue) -> None:
        capi.free_value(self._ctx, slot)
        slot.tag = capi.TAG_UNDEFINED

    def release(self) -> None:
        """Frees what was carried; the realm keeps its own references."""
        for _, slot in self.busy:
            self._empty(slot)
        self._idle += self.busy
        self.busy.clear()

    def _heap_full(self) -> HeapFull:
        capi.free_value(self._ctx, capi.get_exception(self._ctx))
        return HeapFull()

    # Out of the realm

    def unpack(self, value: Any) -> tuple[str, bytes | str]:
        """What an object of the realm stands for: "bytes", "text", "utf8" (as bytes) or "", and what it holds.

        Nothing of the function runs here, whatever the object is.
        """
        inner = capi.value_of(value)
        if capi.get_typed_array_type(inner) in capi.BYTE_ARRAYS:
            return "bytes", self._bytes_at(capi.get_uint8_array(self._ctx, self._size_there, inner))
        if capi.is_array_buffer(inner):
            return "bytes", self._bytes_at(
                capi.get_array_buffer(self._ctx, self._size_there, inner)
            )
        return self._text_of(inner) if self.is_array(value) else ("", b"")

    def is_array(self, value: Any) -> bool:
        """Whether it is an ordinary array: what its elements are is its own affair, and no trap's."""
        return bool(capi.get_class_id(capi.value_of(value)) == self._array_class)

    def _bytes_at(self, address: int | None) -> bytes:
        """A copy of the bytes whose number was just written to `_size`."""
        if address is None:  # none, or a buffer that is detached or out of bounds
            capi.free_value(self._ctx, capi.get_exception(self._ctx))
            return b""
        size = self._size.value
        return c.string_at(address, size) if size else b""

    def _text_of(self, box: capi.JSValue) -> tuple[str, bytes | str]:
        """[text, false] is text, with lone surrogates kept; [text, true] is wanted as UTF-8."""
        text, wanted = self._own_element(box, 0), self._own_element(box, 1)
        try:
            if text.tag not in capi.STRING_TAGS or wanted.tag != capi.TAG_BOOL:
                return "", b""
            if wanted.payload & 0xFFFF_FFFF:
                return "utf8", self._chars(text, capi.to_chars, (False,), capi.free_chars, 1)
            units = self._chars(text, capi.to_chars_utf16, (), capi.free_chars_utf16, 2)
            return "text", units.decode("utf-16-le", "surrogatepass")
        finally:
            capi.free_value(self._ctx, text)
            capi.free_value(self._ctx, wanted)

    def _own_element(self, array: capi.JSValue, index: int) -> capi.JSValue:
        """An array's own element, or undefined. A getter is not called."""
        found = self._element
        there = capi.get_own_property(
            self._ctx, c.byref(found), array, capi.new_index(self._ctx, index)
        )
        if there <= 0:
            return capi.JSValue(0, capi.TAG_UNDEFINED)
        if found.flags & capi.HAS_GETTER:
            for value in (found.getter, found.setter):
                capi.free_value(self._ctx, value)
        return capi.JSValue(found.value.payload, found.value.tag)

    def _chars(
        self, text: capi.JSValue, convert: Any, options: tuple[bool, ...], free: Any, width: int
    ) -> bytes:
        size = c.c_size_t()
        chars = convert(self._ctx, c.byref(size), text, *options)
        if not chars:
            raise self._heap_full()
        try:
            return c.string_at(chars, size.value * width)
        finally:
            free(self._ctx, chars)

    def address_of(self, array: Any) -> int:
        """Where a Uint8Array's bytes are. It must never be detached or resized."""
        size = c.c_size_t()
        address: int = capi.get_uint8_array(self._ctx, c.byref(size), capi.value_of(array))
        return address
