"""`edgehost serve --watch`: the function is loaded anew when one of its files changes.

Whether one did is told by comparing what there was when the modules were loaded with what is there
now. The events of the file system only say when to look, so none of them can be misread.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterable
from contextlib import aclosing
from pathlib import Path

from watchfiles import awatch

from edgehost.config import FunctionConfig
from edgehost.deployment import Deployment
from edgehost.engine.modules.root import Stamp, root_of, stamp
from edgehost.errors import ConfigError, FunctionError

STEP_MS = 10  # of silence after which a file counts as written
DEBOUNCE_MS = 200  # that changes without silence are waited for
LOOK_MS = 500  # between two looks without an event


class Watch:
    """Looks after one deployment."""

    def __init__(self, deployment: Deployment, configure: Callable[[], FunctionConfig]) -> None:
        """Made before the function is loaded, to know how its files were before.

        configure: reads the settings again. Raises ConfigError.
        """
        self._deployment = deployment
        self._console = deployment.console
        self._configure = configure
        self._entry = deployment.config.path
        self._own = self._files_of_config()
        self._seen_own = _stamps(self._own)
        self._loading: asyncio.Task[None] | None = None
        self._folders: dict[str, Stamp | None] = {}  # that are watched
        self._rearm = asyncio.Event()  # others have to be

    async def run(self) -> None:
        """Until it is cancelled."""
        is_told = False
        try:
            while True:
                self._rearm.clear()
                self._folders = self._needed()
                self._look()  # what changed before they were watched
                try:
                    await self._follow_events()
                except OSError as error:  # a folder has gone, or the system watches too many
                    if not (is_told or isinstance(error, FileNotFoundError)):
                        is_told = True
                        self._console.record("warn", f"--watch looks twice a second only: {error}")
                    await asyncio.sleep(LOOK_MS / 1000)
        finally:
            self._rearm.set()  # ends the thread
            if self._loading is not None:
                self._loading.cancel()
                await asyncio.wait([self._loading])

    async def _follow_events(self) -> None:
        """Returns when other folders have to be watched. Raises OSError."""
        events = awatch(
            *self._folders,
            watch_filter=None,
            debounce=DEBOUNCE_MS,
            step=STEP_MS,
            rust_timeout=LOOK_MS,
            yield_on_timeout=True,
            recursive=False,
            stop_event=self._rearm,
        )
        async with aclosing(events):
            async for _ in events:
                self._look()
                if self._needed() != self._folders:
                    return

    # What is watched

    def _files_of_config(self) -> list[str]:
        return [os.path.abspath(path) for path in (self._entry, *self._deployment.config.env_files)]

    def _seen(self) -> dict[str, Stamp | None]:
        return {**self._deployment.seen, **self._seen_own}

    def _needed(self) -> dict[str, Stamp | None]:
        """The folders of all files with those above them, for each of these can be replaced."""
        top = str(root_of(self._entry.resolve()))
        folders: set[str] = set()
        for path in self._seen():
            while (path := os.path.dirname(path)) not in folders:
                folders.add(path)
                if not path.startswith(f"{top}/"):
                    break
        for own in map(Path, self._own):
            folders.update(str(link.parent) for link in (own, *own.parents) if link.is_symlink())
        return {path: seen for path, seen in _stamps(folders).items() if os.path.isdir(path)}

    def _changed(self) -> list[str]:
        return [path for path, seen in self._seen().items() if stamp(path) != seen]

    # What follows

    def _look(self) -> None:
        if changed := self._changed():
            if self._loading is not None:
                self._loading.cancel()
            self._own = self._files_of_config()
            self._seen_own = _stamps(self._own)
            self._loading = asyncio.get_running_loop().create_task(self._load(changed))

    async def _load(self, changed: list[str]) -> None:
        started = time.perf_counter()
        try:
            await self._deployment.replace(self._configure())
        except (FunctionError, ConfigError) as error:
            if not self._changed():  # or else it was read while it was being written
                self._show(error)
        except Exception as error:
            self._console.bug(error)
        else:
            milliseconds = (time.perf_counter() - started) * 1000
            self._console.record("info", f"reloaded in {milliseconds:.0f} ms: {_named(changed)}")
        if self._needed() != self._folders:
            self._rearm.set()

    def _show(self, error: FunctionError | ConfigError) -> None:
        if isinstance(error, FunctionError):
            self._console.fault(error)
        else:
            self._console.record("error", str(error))
        self._console.record("warn", "not reloaded: what was loaded before it goes on")


def _stamps(paths: Iterable[str]) -> dict[str, Stamp | None]:
    return {path: stamp(path) for path in paths}


def _named(changed: list[str]) -> str:
    more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
    return f"{os.path.basename(changed[0])}{more} changed"
