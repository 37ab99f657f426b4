"""Where edgehost keeps files of its own, by the system's rule or below EDGEHOST_HOME."""

from __future__ import annotations

import os
from pathlib import Path

HOME_VARIABLE = "EDGEHOST_HOME"


def data() -> Path:
    """What must last; it need not exist."""
    if (home := _home()) is not None:
        return home
    import platformdirs

    return platformdirs.user_data_path("edgehost", appauthor=False)


def cache() -> Path:
    """What can be made again; it need not exist."""
    if (home := _home()) is not None:
        return home / "cache"
    import platformdirs

    return platformdirs.user_cache_path("edgehost", appauthor=False)


def _home() -> Path | None:
    given = os.environ.get(HOME_VARIABLE)
    return Path(os.path.expanduser(given)).absolute() if given else None
