"""Runs a module in a worker, without a server."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

from edgehost.bindings.console import Console
from edgehost.config import FunctionConfig, Limits
from edgehost.errors import EdgehostError
from edgehost.server.memory import MemoryExchange, Request
from edgehost.worker import Worker

from .result import Result


def execute(module: Path, seconds: float) -> Result:
    """What the module answers to one request within that time."""
    return asyncio.run(_execute(module, seconds))


async def _execute(module: Path, seconds: float) -> Result:
    limits = Limits(cpu_ms=int(seconds * 1000), wall_ms=0, memory_mb=0)
    log = io.StringIO()
    console = Console("", stdout=log, stderr=log)
    # idlharness.js evaluates the expressions that make its objects.
    config = FunctionConfig(module, limits=limits, allow_eval=True)
    worker = Worker(config, console, lambda _: None)
    try:
        await worker.load()
        exchange = MemoryExchange(Request("GET", "http://localhost/"))
        worker.begin(exchange)
        async with asyncio.timeout(seconds):
            await exchange.answered()
        if exchange.error is not None:
            raise exchange.error
        return Result.parse(exchange.response.body)
    except (EdgehostError, TimeoutError, ValueError) as error:
        return Result(harness=f"{type(error).__name__}: {error}\n{log.getvalue()[-600:]}".strip())
    finally:
        worker.close()
        console.flush()
