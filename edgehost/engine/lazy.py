"""Runtime modules that are evaluated when a function first touches what they define.

A getter of the realm asks for one in the middle of a turn, so this enters the engine from a callable.
From then to the end of the turn the engine measures its stack limit from where it was entered last:
the depth at that moment is stack that a turn gains. It is kept small: a module is evaluated alone
only on a shallow stack; on a deep one all that remain are evaluated at once, which happens once.
"""

from __future__ import annotations

from collections.abc import Callable

from edgehost.engine import capi, runtime_files, stack
from edgehost.engine.runtime_files import PREFIX
from edgehost.errors import BoundaryViolation, Failure

SHALLOW_KB = 64
UNREADABLE = "the module cannot be loaded: "  # and what the system says


class LazyModules:
    """Those of one isolate."""

    def __init__(
        self,
        pointers: tuple[int, int],
        stack_kb: int,
        run_module: Callable[[str], None],
        failed: Callable[[], None],
    ) -> None:
        """pointers: to the runtime and the context, which this must not keep alive.

        run_module: evaluates the source of a module as the host's own.
        failed: told that one could not be, for want of memory.
        """
        self._runtime, self._ctx = pointers
        self._stack = stack_kb * 1024
        self._run_module = run_module
        self._failed = failed

    def evaluate(self, wanted: str, others: str) -> str:
        """Evaluates a runtime file and hands its exports to the realm. Raises Failure.

        Returns why the system would not let it be read, or "": it may be asked for again.

        others: the lazy files that are not evaluated yet, separated by spaces.
        Raises BoundaryViolation for what is no runtime file: the names become a path and source text.
        """
        try:
            names = runtime_files.names()
        except OSError as error:
            return error.strerror or str(error)
        if not {wanted, *others.split()} <= names:
            raise BoundaryViolation(f"there is no runtime file {wanted!r:.100}")
        files = others.split() if self._is_deep() else [wanted]
        try:
            for file in files:
                self._run_module(
                    f'import * as exported from "{PREFIX}{file}"; '
                    f'import {{ loaded }} from "{PREFIX}boundary/lazy.js"; loaded("{file}", exported);'
                )
        except capi.quickjs.JSException as error:
            _, message, _ = stack.split(str(error))
            if message.startswith(UNREADABLE):
                return message.removeprefix(UNREADABLE)
            if message not in ("out of memory", "null", ""):
                raise Failure("InternalError", f"{wanted} cannot be loaded: {message}") from None
            self._failed()
            raise Failure("InternalError", "out of memory") from None
        return ""

    def _is_deep(self) -> bool:
        """Compiling runs no code but heeds the stack limit, so a small limit tells the depth."""
        runtime, ctx = self._runtime, self._ctx
        capi.set_max_stack_size(runtime, SHALLOW_KB * 1024)
        value = capi.compile_source(ctx, b"0", 1, b"<depth>", capi.EVAL_COMPILE_ONLY)
        capi.set_max_stack_size(runtime, self._stack)
        is_deep: bool = value.tag == capi.TAG_EXCEPTION
        capi.free_value(ctx, capi.get_exception(ctx) if is_deep else value)
        return is_deep
