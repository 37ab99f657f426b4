"""Whether what the realm passes is what an op or a query takes: `edgehost/boundary.py` says so.

The types of the arguments decide first, all at once: a row that was seen before costs one look into a
dictionary. What is behind an object, and whether a number is within its range, is looked at one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import repeat
from typing import Any

from edgehost.boundary import LONE_SURROGATE, Kind, Signature
from edgehost.engine.capi import TAG_OBJECT, value_of
from edgehost.engine.crossing import Crossing
from edgehost.errors import BoundaryViolation

Types = tuple[type, ...]
Look = tuple[int, Callable[[Any], Any]]  # at which argument; gives it as the host wants it


class Admission(dict[Types, tuple[Look, ...]]):
    """Of one op or query: the rows of types that it takes, and at what to look there."""

    def __init__(self, name: str, signature: Signature, crossing: Crossing, boxed: type) -> None:
        """boxed: the binding's type for objects of the realm."""
        self.name = name
        self._signature = signature
        self._crossing = crossing
        self._boxed = boxed

    def __missing__(self, types: Types) -> tuple[Look, ...]:
        """Raises BoundaryViolation for a row that is not taken."""
        looks = []
        for index, (kind, given) in enumerate(zip(self._kinds(len(types)), types, strict=True)):
            if given is self._boxed and kind.boxes:
                looks.append((index, self._unboxing(kind)))
            elif given not in kind.plain:
                raise self.violation(f"argument {index + 1} is of the type {given.__name__}")
            elif kind.refuses_some and not (given is str and kind.forbidden is LONE_SURROGATE):
                looks.append((index, partial(self._held_against, kind)))
        if len(types) <= len(self._signature.kinds):
            self[types] = tuple(looks)
        return tuple(looks)

    def _kinds(self, count: int) -> Sequence[Kind]:
        kinds, required = self._signature.kinds, self._signature.required
        if self._signature.repeats:
            return [*kinds, *repeat(kinds[-1], max(0, count - len(kinds)))][:count]
        if not required <= count <= len(kinds):
            raise self.violation(f"it has {count} arguments")
        return kinds[:count]

    def _unboxing(self, kind: Kind) -> Callable[[Any], Any]:
        crossing = self._crossing
        if kind.boxes == ("object",):
            return self._object
        if kind.boxes == ("list",):
            return partial(self._as_it_is, crossing.is_array)

        def unbox(value: Any) -> bytes | str:
            what, content = crossing.unpack(value)
            if what not in kind.boxes:
                raise self.violation(f"an argument stands for {what or 'nothing'}")
            return self._held_against(kind, content)  # type: ignore[no-any-return]

        return unbox

    def _object(self, value: Any) -> Any:
        """No symbol, which the binding wraps as well. In the quickest way: the console asks for each object."""
        if value_of(value).tag != TAG_OBJECT:
            raise self.violation("an argument is another kind of object")
        return value

    def _as_it_is(self, check: Callable[[Any], bool], value: Any) -> Any:
        if not check(value):
            raise self.violation("an argument is another kind of object")
        return value

    def _held_against(self, kind: Kind, value: Any) -> Any:
        if kind.refuses(value):
            raise self.violation(f"an argument cannot be {value!r:.100}")
        return value

    def violation(self, what: str) -> BoundaryViolation:
        return BoundaryViolation(f"'{self.name}' of the runtime was called as it never is: {what}")


def look_at(arguments: Sequence[Any], looks: Sequence[Look]) -> tuple[Any, ...]:
    """The arguments as the host wants them. Raises BoundaryViolation, or HeapFull."""
    if len(arguments) == 1:
        return (looks[0][1](arguments[0]),)
    given = list(arguments)
    for index, look in looks:
        given[index] = look(given[index])
    return tuple(given)
