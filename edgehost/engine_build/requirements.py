"""What building the engine needs of a machine: asked before anything is fetched."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path

from edgehost.errors import ConfigError

COMPILER = "gcc"


def check(*, install: bool) -> None:
    """Raises ConfigError with what is missing here, and how it is had.

    install: whether this environment is to take the engine.
    """
    if sys.platform != "linux":
        raise ConfigError(
            "the engine can be built on Linux only, with gcc; elsewhere edgehost runs on the wheel of "
            "the package index"
        )
    if shutil.which(COMPILER) is None:
        raise ConfigError(
            f"building the engine needs the compiler {COMPILER}, which is not on the PATH: "
            "apt install gcc libc6-dev, apk add gcc musl-dev, or dnf install gcc"
        )
    headers = Path(sysconfig.get_path("include"))
    if not (headers / "Python.h").is_file():
        raise ConfigError(
            f"building the engine needs the headers of this Python, and {headers} has no Python.h: "
            "apt install python3-dev, apk add python3-dev, or dnf install python3-devel"
        )
    if find_spec("pip") is None:
        raise ConfigError(
            "building the engine needs pip, which this environment does not have: "
            f"{sys.executable} -m ensurepip, or uv pip install pip"
        )
    packages = sysconfig.get_path("platlib")
    if install and not os.access(packages, os.W_OK):
        raise ConfigError(
            f"the engine cannot be installed into {packages}, which you may not change: use a virtual "
            "environment of your own, or --no-install with --out"
        )
