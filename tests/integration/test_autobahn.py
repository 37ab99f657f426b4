"""The Autobahn suite against `edgehost serve`, the quick half of it.

AUTOBAHN_SUITE is the folder that the suite was set up in, AUTOBAHN_RUNNER the script that runs it.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from raw_websocket import ECHO

ROOT = Path(__file__).parents[2]
SUITE = os.environ.get("AUTOBAHN_SUITE", "")
RUNNER = Path(os.environ.get("AUTOBAHN_RUNNER", ROOT.parent / "shared" / "autobahn" / "run.py"))
QUICK_CASES = 247


@pytest.mark.skipif(
    not SUITE, reason="AUTOBAHN_SUITE does not name the folder of the Autobahn suite"
)
@pytest.mark.skipif(not RUNNER.is_file(), reason=f"no {RUNNER}; AUTOBAHN_RUNNER names the script")
def test_no_case_fails(tmp_path: Path) -> None:
    function, result = tmp_path / "echo.js", tmp_path / "result.json"
    function.write_text(ECHO)
    serve = shlex.join([sys.executable, "-m", "edgehost", "serve", str(function), "--no-tls"])
    run = subprocess.run(
        [
            *(sys.executable, str(RUNNER), "server", "--quick", "--suite", SUITE),
            *("--cmd", f"{serve} --port {{port}}", "--name", "edgehost", "--retry", "1"),
            *("--json", str(result), "--work", str(tmp_path / "work")),
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    said = run.stdout + run.stderr
    assert run.returncode == 0, said
    assert f"{QUICK_CASES} of {QUICK_CASES} cases" in said, said
    assert "FAILED 0" in said, said
    assert json.loads(result.read_text())
