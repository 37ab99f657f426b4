"""Watching where the system cannot tell of changes."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from edgehost.bindings.console import Console
from edgehost.cli import watch
from edgehost.cli.watch import Watch
from edgehost.config import FunctionConfig
from edgehost.deployment import Deployment

SECONDS = 20.0  # far more than two looks take


async def no_watches(*_paths: str, **_options: Any) -> AsyncIterator[set[Any]]:
    raise OSError("OS file watch limit reached")
    yield set()


async def test_without_watches_files_are_looked_at_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "awatch", no_watches)
    fn = tmp_path / "fn.js"
    fn.write_text("export default { fetch() {} };")
    log = io.StringIO()
    console = Console("", stdout=log, stderr=log)
    config = FunctionConfig(fn)
    deployment = Deployment(config, console)
    watching = asyncio.ensure_future(Watch(deployment, lambda: config).run())
    await deployment.start()
    first = deployment.worker
    fn.write_text("export default { fetch() { return 2; } };")
    async with asyncio.timeout(SECONDS):
        while deployment.worker is first:
            await asyncio.sleep(0)
    watching.cancel()
    await asyncio.wait([watching])
    await deployment.close(grace=0)
    console.flush()
    assert log.getvalue().count("looks twice a second only: OS file watch limit reached") == 1
