"""From the source on the package index to a wheel: built to count, trained, built for what was counted.

The compiler lays the engine out for the paths that were taken, and inlines along them
(profile-guided optimization). What the training did not reach is optimized as usual.
"""

from __future__ import annotations

import os
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from edgehost.engine_build import installed, requirements
from edgehost.engine_build.programs import Programs, StepFailed
from edgehost.errors import ConfigError

FLAGS = (
    "-O3",
    "-g0",
    "-fwrapv",  # as the engine's own makefiles have it
    "-fno-semantic-interposition",  # calls inside the library may be inlined ...
)
LINK_FLAGS = ("-Wl,-Bsymbolic-functions",)  # ... and need not go through its table of symbols
COUNT = ("-fprofile-generate", "-fprofile-update=single")
USE = (
    "-fprofile-use",
    "-fprofile-partial-training",
    "-fprofile-correction",
    "-Wno-missing-profile",
)

Say = Callable[[str], None]


class EngineBuild:
    """One build, in a folder of its own."""

    def __init__(self, folder: Path, programs: Programs, say: Say) -> None:
        """folder: empty. say: takes a line of progress."""
        self._folder = folder
        self._programs = programs
        self._say = say

    def wheel(self) -> Path:
        """A wheel of the version that is installed, checked. Raises ConfigError."""
        version = installed.version()
        self._say(f"fetching the source of {installed.PACKAGE} {version}")
        source = self._fetched(version)
        self._say("building it so that it counts what it does (half a minute or more)")
        counting = self._built(source, "counting", COUNT)
        self._say("training it")
        self._train(counting)
        self._say("building it for what it does most (half a minute or more)")
        wheel = self._built(source, "trained", USE)
        self._say("checking it")
        self._train(wheel)
        return wheel

    def _fetched(self, version: str) -> Path:
        package, downloads = installed.PACKAGE, self._folder / "download"
        try:
            self._programs.pip(
                *("download", "--no-deps", "--no-binary", package, "--dest", str(downloads)),
                f"{package}=={version}",
            )
        except StepFailed as failure:
            raise ConfigError(
                f"pip could not fetch the source of {package} {version}: {failure}. Building the engine "
                f"needs a package index; all that pip said is in {self._programs.log}"
            ) from failure
        (archive,) = downloads.iterdir()
        with tarfile.open(archive) as files:
            files.extraction_filter = getattr(tarfile, "data_filter", None)  # not in 3.11.3
            files.extractall(self._folder / "source")
        (source,) = (self._folder / "source").iterdir()
        return source

    def _built(self, source: Path, name: str, flags: tuple[str, ...]) -> Path:
        """A wheel. Both are built in one place, where the compiler finds the counts again."""
        shutil.rmtree(source / "build", ignore_errors=True)
        wheels = self._folder / name
        counts = f"-fprofile-dir={self._folder / 'counts'}"
        try:
            self._programs.pip(
                *("wheel", "--no-deps", "--verbose", "--wheel-dir", str(wheels)),
                f"--config-settings=--build-option=--build-number={installed.BUILD}",
                str(source),
                CC=requirements.COMPILER,
                CFLAGS=" ".join([os.environ.get("CFLAGS", ""), *FLAGS, *flags, counts]),
                LDFLAGS=" ".join([os.environ.get("LDFLAGS", ""), *LINK_FLAGS]),
            )
        except StepFailed as failure:
            raise ConfigError(
                f"the engine could not be built: {failure}. All that the compiler said is in "
                f"{self._programs.log}"
            ) from failure
        (wheel,) = wheels.iterdir()
        return wheel

    def _train(self, wheel: Path) -> None:
        engine = wheel.with_suffix("")
        with zipfile.ZipFile(wheel) as files:
            files.extractall(engine)
        try:
            self._programs.train(engine)
        except StepFailed as failure:
            raise ConfigError(
                f"the engine that was built here does not work with edgehost ({failure}), and is not used. "
                f"Please report it, with {self._programs.log}"
            ) from failure


def install(wheel: Path, programs: Programs) -> None:
    """Puts it in the place of the engine that is installed. Raises ConfigError."""
    try:
        programs.pip("install", "--force-reinstall", "--no-deps", "--no-index", str(wheel))
    except StepFailed as failure:
        raise ConfigError(
            f"pip could not install the engine that was built: {failure}. All that it said is in {programs.log}"
        ) from failure
