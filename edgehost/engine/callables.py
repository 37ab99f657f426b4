"""What JavaScript calls: ops, which are noted, and queries, which are answered.

A callable never raises. What goes wrong is noted, and told when the turn ends.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edgehost.engine.admission import Admission, look_at
from edgehost.engine.crossing import LARGE, Crossing
from edgehost.engine.meter import Meter
from edgehost.errors import BoundaryViolation, Failure

# What the binding leaves behind where it cannot convert an argument.
CANNOT_CROSS = (SystemError, TypeError, ValueError)
Op = tuple[Callable[..., None], tuple[Any, ...]]  # what to call, and with what


def op_of(
    function: Callable[..., None],
    rows: Admission,
    ops: list[Op],
    meter: Meter,
    bugs: list[BaseException],
) -> Callable[..., None]:
    """Notes the call in `ops`."""
    append = ops.append

    def op(*arguments: Any) -> None:
        try:
            types = tuple(map(type, arguments))
        except BaseException as error:
            bugs.append(_that_cannot_cross(rows, error))
            return
        try:
            looks = rows[types]
            if looks:
                if meter.tripped is not None:
                    return
                arguments = look_at(arguments, looks)
                meter.hand_over(sum([len(one) for one in arguments if type(one) in (str, bytes)]))
            append((function, arguments))
        except BaseException as error:
            bugs.append(error)

    return op


def query_of(
    function: Callable[..., Any],
    rows: Admission,
    crossing: Crossing,
    fail: Callable[[str, str], None],
    bugs: list[BaseException],
) -> Callable[..., Any]:
    """Answers the call; None when it failed.

    fail: takes the class and the message of the error that the realm is to throw.
    """

    def query(*arguments: Any) -> Any:
        try:
            types = tuple(map(type, arguments))
        except BaseException as error:
            bugs.append(_that_cannot_cross(rows, error))
            return None
        try:
            looks = rows[types]
            if looks:
                arguments = look_at(arguments, looks)
            answer = function(*arguments)
            if type(answer) is str and len(answer) < LARGE and answer.isascii():
                return answer  # the most frequent of what is plain
            if crossing.is_plain(answer):
                return answer
            if crossing.busy:  # the answer before has arrived
                crossing.release()
            return crossing.carry(answer)
        except Failure as error:
            fail(error.js_class, str(error))
        except OSError as error:  # no descriptor is left, say
            fail("Error", f"the system refused: {error.strerror}")
        except BaseException as error:
            fail("Error", "internal error")
            bugs.append(error)
        return None

    return query


def settle(bugs: list[BaseException]) -> None:
    """Notes what the binding left behind: without this, it would come out of whatever Python does next."""
    try:
        tuple(map(type, ()))
    except CANNOT_CROSS as error:
        bugs.append(
            BoundaryViolation(f"the runtime was called with a value that cannot cross: {error}")
        )


def _that_cannot_cross(rows: Admission, error: BaseException) -> BaseException:
    """Something passed before was no value that the binding can convert, of which it tells only now."""
    if isinstance(error, CANNOT_CROSS):
        return rows.violation("a value cannot cross as it is")
    return error
