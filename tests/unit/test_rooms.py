"""The check that imports of the runtime's files run one way."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

ROOMS = runpy.run_path(str(Path(__file__).parents[2] / "tools" / "rooms.py"))
UPWARDS = {
    "an import": "import { Headers } from '../fetch/headers.js';",
    "an import over lines": "import {\n  Headers,\n} from '../fetch/headers.js';",
    "an import for its effects": "import '../fetch/headers.js';",
    "an export": "export { Headers } from '../fetch/headers.js';",
    "a lazy file": "const { fetch } = load('fetch/fetch.js');",
}


@pytest.fixture
def runtime(tmp_path: Path) -> Path:
    """Files that have every exception, and nothing else."""
    for file, above in ROOMS["EXCEPTIONS"]:
        put(tmp_path, file, f"import '../{above}/x.js';\n")
    put(tmp_path, "main.js", "import './function/http.js';\n")
    return tmp_path


def put(folder: Path, file: str, source: str) -> None:
    path = folder / file
    path.parent.mkdir(exist_ok=True)
    path.write_text((path.read_text() if path.exists() else "") + source)


def faults(runtime: Path) -> str:
    return "\n".join(ROOMS["faults"](runtime))


def test_nothing_is_said_where_imports_run_one_way(runtime: Path) -> None:
    put(runtime, "fetch/response.js", "import '../boundary/host.js';\nimport './body.js';\n")
    assert faults(runtime) == ""


@pytest.mark.parametrize("source", UPWARDS.values(), ids=UPWARDS.keys())
def test_what_runs_against_the_order_is_said(runtime: Path, source: str) -> None:
    put(runtime, "webidl/types.js", source)
    assert re.fullmatch(
        r"webidl/types\.js imports fetch/\w+\.js: fetch/ comes after webidl/", faults(runtime)
    )


def test_an_exception_that_nothing_needs_is_said(runtime: Path) -> None:
    (runtime / "url" / "url.js").write_text("")
    assert faults(runtime) == "url/url.js imports nothing from file/: the exception is not needed"


def test_every_file_has_a_room(runtime: Path) -> None:
    put(runtime, "stray.js", "")
    put(runtime, "attic/old.js", "")
    assert faults(runtime) == (
        "stray.js: only main.js and globals.js are at the top\n"
        "attic/: is no room that tools/rooms.py knows"
    )
