"""python -m edgehost.engine_build.training FOLDER: puts the engine through what functions do.

With an engine that counts, this tells the compiler what is worth optimizing. With any engine, it
is a check: a wrong answer is an error, and so is an engine that is not the one in FOLDER.
"""

from __future__ import annotations

import asyncio
import sys
from math import ceil
from pathlib import Path

from edgehost.engine import capi
from edgehost.engine_build.training.client import Client
from edgehost.engine_build.training.exercises import EXERCISES, MESSAGES, READS, Exercise

FOLDER = Path(__file__).parent


async def train(share: float = 1.0) -> None:
    """Raises ValueError for a wrong answer. share: of the repetitions."""
    for name, exercises in EXERCISES.items():
        client = Client(FOLDER / f"{name}.js")
        await client.connect()
        for exercise in exercises:
            await _repeat(client, exercise, share)
        await client.close()
    await _talk(share)


async def _repeat(client: Client, exercise: Exercise, share: float) -> None:
    for _ in range(ceil(exercise.times * share)):
        response = await client.ask(exercise.request)
        if exercise.answer not in response:
            raise ValueError(f"to {exercise.request[:40]!r} it answered {response[:500]!r}")


async def _talk(share: float) -> None:
    client = Client(FOLDER / "sockets.js")
    await client.connect()
    await client.upgrade()
    for texts in MESSAGES:
        for _ in range(ceil(READS * share)):
            said = await client.say(texts)
            if said.count(texts[0][-8:].encode()) != len(texts):
                raise ValueError(f"to {texts!r} it said {said[:500]!r}")
    await client.close()


if __name__ == "__main__":
    if not Path(capi.library._name).is_relative_to(sys.argv[1]):
        sys.exit("another engine is found before the one that was built")
    asyncio.run(train())
