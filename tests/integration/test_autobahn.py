"""The Autobahn suite against `edgehost serve` and sockets of `edgehost run`, the quick half of it.

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
CLIENT = Path(__file__).with_name("autobahn_client.js")
QUICK_CASES = 247


@pytest.mark.skipif(
    not SUITE, reason="AUTOBAHN_SUITE does not name the folder of the Autobahn suite"
)
@pytest.mark.skipif(not RUNNER.is_file(), reason=f"no {RUNNER}; AUTOBAHN_RUNNER names the script")
@pytest.mark.parametrize("role", ["server", "client"])
def test_no_case_fails(tmp_path: Path, role: str) -> None:
    function, result = tmp_path / "echo.js", tmp_path / "result.json"
    function.write_text(ECHO)
    edgehost = [sys.executable, "-m", "edgehost"]
    command = {
        "server": f"{shlex.join([*edgehost, 'serve', str(function), '--no-tls'])} --port {{port}}",
        "client": f"{shlex.join([*edgehost, 'run', str(CLIENT)])} {{url}}",
    }
    run = subprocess.run(
        [
            *(sys.executable, str(RUNNER), role, "--quick", "--suite", SUITE),
            *("--cmd", command[role], "--name", "edgehost", "--retry", "1"),
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
