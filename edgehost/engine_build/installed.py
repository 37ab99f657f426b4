"""Which distribution of the engine is installed, and who built it."""

from __future__ import annotations

from email.parser import HeaderParser
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from edgehost.errors import ConfigError

PACKAGE = "quickjs-ng"
BUILD = "1edgehost"  # the build tag of our wheels: pip takes them for the same version


def version() -> str:
    """Of the distribution. Raises ConfigError where it is not installed."""
    return _installed().version


def is_built_here() -> bool:
    """Whether `edgehost engine build` made it, on this machine or on one like it."""
    fields = HeaderParser().parsestr(_installed().read_text("WHEEL") or "")
    return fields.get("Build") == BUILD


def _installed() -> Distribution:
    try:
        return distribution(PACKAGE)
    except PackageNotFoundError as error:
        raise ConfigError(f"the JavaScript engine is missing: pip install {PACKAGE}") from error
