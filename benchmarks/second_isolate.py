"""What one more isolate costs edgehost.  python -m benchmarks.second_isolate

Prints KiB: the growth of the process, averaged over some isolates after the first, each with
the whole runtime and a loaded function in it.
"""

from __future__ import annotations

import asyncio
import os

from benchmarks.peer import FUNCTIONS
from benchmarks.process_usage import process_memory_kib
from edgehost.bindings.console import Console
from edgehost.config import FunctionConfig
from edgehost.deployment import Deployment

MORE = 8  # isolates


async def measure() -> float:
    config = FunctionConfig(FUNCTIONS / "hello.js")
    console = Console(config.name, log_format="pretty", quiet=True)
    deployments = [Deployment(config, console) for _ in range(1 + MORE)]
    await deployments[0].start()
    before = process_memory_kib(os.getpid())
    for deployment in deployments[1:]:
        await deployment.start()
    cost = (process_memory_kib(os.getpid()) - before) / MORE
    for deployment in deployments:
        await deployment.close(grace=0)
    return cost


if __name__ == "__main__":
    print(asyncio.run(measure()))
