"""Runtime modules that are evaluated when a function first touches what they define.

A getter of the realm asks for one in the middle of a turn, so this enters the engine from a callable.
The engine then measures its stack limit from there: the module has room however deep the function is.
Afterwards the limit is measured from where it was before, or each module would give a turn more stack
than the thread has.
"""

from __future__ import annotations

from collections.abc import Callable

from edgehost.engine import capi, runtime_files, stack
from edgehost.engine.runtime_files import PREFIX
from edgehost.errors import BoundaryViolation, Failure

UNREADABLE = "the module cannot be loaded: "  # and what the system says


class LazyModules:
    """Those of one isolate."""

    def __init__(
        self,
        runtime: int,
        stack_kb: int,
        run_module: Callable[[str], None],
        failed: Callable[[], None],
    ) -> None:
        """runtime: its address; this must not keep it alive.

        run_module: evaluates the source of a module as the host's own.
        failed: told that one could not be, for want of memory.
        """
        self._runtime = runtime
        self._stack_top = capi.stack_top(runtime)
        self._stack = stack_kb * 1024
        self._run_module = run_module
        self._failed = failed

    def evaluate(self, file: str) -> str:
        """Evaluates a runtime file and hands its exports to the realm. Raises Failure.

        Returns why the system would not let it be read, or "": it may be asked for again.
        Raises BoundaryViolation for what is no runtime file: the name becomes a path and source text.
        """
        try:
            names = runtime_files.names()
        except OSError as error:
            return error.strerror or str(error)
        if file not in names:
            raise BoundaryViolation(f"there is no runtime file {file!r:.100}")
        top = self._stack_top.value
        try:
            self._run_module(
                f'import * as exported from "{PREFIX}{file}"; '
                f'import {{ loaded }} from "{PREFIX}boundary/lazy.js"; loaded("{file}", exported);'
            )
        except capi.quickjs.JSException as error:
            _, message, _ = stack.split(str(error))
            if message.startswith(UNREADABLE):
                return message.removeprefix(UNREADABLE)
            if message not in ("out of memory", "null", ""):
                raise Failure("InternalError", f"{file} cannot be loaded: {message}") from None
            self._failed()
            raise Failure("InternalError", "out of memory") from None
        finally:
            self._stack_top.value = top
            capi.set_max_stack_size(self._runtime, self._stack)
        return ""
