"""`edgehost engine`: the steps of a build and its faults. Programs are faked, nothing is fetched."""

from __future__ import annotations

import io
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from edgehost.cli import main
from edgehost.engine_build import installed, programs, requirements

VERSION = "1.2.3"
WHEEL = f"quickjs_ng-{VERSION}-{installed.BUILD}-cp310-abi3-linux_x86_64.whl"
STEPS = ["download", "count", "training", "use", "check"]


class Programs:
    """Stands in for pip, the compiler, and the training: notes how each was started."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.commands: dict[str, list[str]] = {}
        self.environments: dict[str, dict[str, str]] = {}
        self.faults: dict[str, Callable[[Any], int]] = {}  # by step: prints, and is the exit code

    def fail(self, step: str, printed: str = "", code: int = 1) -> None:
        def fault(output: Any) -> int:
            output.write(printed.encode())
            output.flush()
            return code

        self.faults[step] = fault

    def run(
        self, command: list[str], *, env: dict[str, str], stdout: Any, **_: Any
    ) -> subprocess.CompletedProcess[bytes]:
        step = self._step(command)
        self.steps.append(step)
        self.commands[step], self.environments[step] = command, env
        if step in self.faults:
            return subprocess.CompletedProcess(command, self.faults[step](stdout))
        if step == "download":
            self._download(Path(command[command.index("--dest") + 1]))
        elif step in ("count", "use"):
            self._compile(Path(command[-1]), Path(command[command.index("--wheel-dir") + 1]))
        return subprocess.CompletedProcess(command, 0)

    def _step(self, command: list[str]) -> str:
        verb = command[3] if command[2] == "pip" else "training"
        if verb == "wheel":
            return "use" if "count" in self.steps else "count"
        return "check" if verb == "training" and "training" in self.steps else verb

    def _download(self, folder: Path) -> None:
        folder.mkdir()
        with tarfile.open(folder / f"quickjs_ng-{VERSION}.tar.gz", "w:gz") as archive:
            member = tarfile.TarInfo(f"quickjs_ng-{VERSION}/setup.py")
            archive.addfile(member, io.BytesIO())

    def _compile(self, source: Path, wheels: Path) -> None:
        assert (source / "setup.py").is_file()
        assert not (source / "build").exists(), "objects of another build would be taken"
        (source / "build").mkdir()
        wheels.mkdir()
        with zipfile.ZipFile(wheels / WHEEL, "w") as wheel:
            wheel.writestr("_quickjs.abi3.so", b"")


@pytest.fixture(autouse=True)
def faked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    """A machine that has all that it takes."""
    fake = Programs()
    (tmp_path / "include").mkdir()
    (tmp_path / "include" / "Python.h").touch()
    paths = {"include": str(tmp_path / "include"), "platlib": str(tmp_path)}
    monkeypatch.setattr(requirements.sysconfig, "get_path", paths.get)
    monkeypatch.setattr(requirements.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(requirements.sys, "platform", "linux")
    monkeypatch.setattr(programs.subprocess, "run", fake.run)
    monkeypatch.setattr(installed, "version", lambda: VERSION)
    monkeypatch.setenv("EDGEHOST_HOME", str(tmp_path / "home"))
    for name in ("CFLAGS", "LDFLAGS", "PYTHONPATH"):
        monkeypatch.delenv(name, raising=False)
    return fake


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["engine", *arguments])


def refused(*arguments: str) -> str:
    """What a build that fails says last: one line."""
    result = run("build", *arguments)
    assert result.exit_code == 1
    assert result.stdout == ""
    *progress, error = result.stderr.splitlines()
    assert error.startswith("Error: ")
    assert not any(line.startswith("Error") for line in progress)
    return error


def test_an_engine_is_trained_then_checked_then_installed(faked: Programs) -> None:
    result = run("build")
    assert result.exit_code == 0
    assert faked.steps == [*STEPS, "install"]
    assert result.stdout == ""
    assert "installed" in result.stderr.splitlines()[-1]


def test_the_source_is_that_of_the_version_that_is_installed(faked: Programs) -> None:
    run("build")
    assert faked.commands["download"][-1] == f"quickjs-ng=={VERSION}"
    assert "--no-binary" in faked.commands["download"]


def test_what_the_first_build_counts_the_second_one_finds(faked: Programs) -> None:
    run("build")
    first, second = (faked.environments[step]["CFLAGS"].split() for step in ("count", "use"))
    assert faked.commands["count"][-1] == faked.commands["use"][-1]  # objects have the same names
    assert "-fprofile-generate" in first
    assert "-fprofile-use" in second
    assert {flag for flag in first if "-dir" in flag} == {flag for flag in second if "-dir" in flag}


def test_flags_of_the_users_are_kept(faked: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CFLAGS", "-march=native")
    monkeypatch.setenv("LDFLAGS", "-Wl,--build-id")
    run("build")
    assert faked.environments["use"]["CFLAGS"].startswith("-march=native -O3 ")
    assert faked.environments["use"]["LDFLAGS"].startswith("-Wl,--build-id ")
    assert faked.environments["use"]["CC"] == "gcc"


def test_training_and_check_find_the_engine_that_was_built(
    faked: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/others")
    run("build")
    trained, checked = (faked.commands[step][-1] for step in ("training", "check"))
    assert trained != checked
    assert faked.environments["check"]["PYTHONPATH"] == f"{checked}:/others"


def test_out_keeps_the_wheel_and_prints_its_path(faked: Programs, tmp_path: Path) -> None:
    result = run("build", "--no-install", "--out", str(tmp_path / "a" / "b"))
    assert result.exit_code == 0
    assert result.stdout == f"{tmp_path}/a/b/{WHEEL}\n"
    assert zipfile.is_zipfile(tmp_path / "a" / "b" / WHEEL)
    assert faked.steps == STEPS


def test_a_build_that_would_leave_nothing_is_refused(faked: Programs) -> None:
    assert "--no-install" in refused("--no-install")
    assert faked.steps == []


def test_another_system_is_refused(faked: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirements.sys, "platform", "darwin")
    assert "on Linux only" in refused()
    assert faked.steps == []


def test_a_missing_compiler_is_named(faked: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirements.shutil, "which", lambda _: None)
    assert "the compiler gcc, which is not on the PATH: apt install gcc" in refused()
    assert faked.steps == []


def test_missing_headers_are_named(faked: Programs, tmp_path: Path) -> None:
    (tmp_path / "include" / "Python.h").unlink()
    assert f"{tmp_path}/include has no Python.h: apt install python3-dev" in refused()
    assert faked.steps == []


def test_an_environment_without_pip_is_said(
    faked: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requirements, "find_spec", lambda _: None)
    assert "-m ensurepip" in refused()
    assert faked.steps == []


def test_an_environment_of_somebody_else_is_refused_before_the_work(
    faked: Programs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    paths = {"include": str(tmp_path / "include"), "platlib": "/nowhere"}
    monkeypatch.setattr(requirements.sysconfig, "get_path", paths.get)
    assert "cannot be installed into /nowhere" in refused()
    assert faked.steps == []
    assert run("build", "--no-install", "--out", str(tmp_path)).exit_code == 0


def test_a_log_that_cannot_be_written_is_said(faked: Programs, tmp_path: Path) -> None:
    (tmp_path / "home").touch()
    assert "EDGEHOST_HOME names another folder" in refused()
    assert faked.steps == []


def test_an_index_out_of_reach_is_said_with_pips_words(faked: Programs, tmp_path: Path) -> None:
    faked.fail("download", "Looking...\nERROR: No matching distribution\nmore\n")
    error = refused()
    assert (
        "could not fetch the source of quickjs-ng 1.2.3: ERROR: No matching distribution." in error
    )
    log = tmp_path / "home" / "cache" / "engine-build.log"
    assert str(log) in error
    assert log.read_text().endswith("more\n")


@pytest.mark.parametrize("step", ["count", "use"])
def test_a_failing_compiler_is_quoted(faked: Programs, step: str) -> None:
    faked.fail(
        step, "gcc -Werror=x a.c\na.c:1:2: fatal error: no such file\nerror: command failed\n"
    )
    assert "could not be built: a.c:1:2: fatal error: no such file. " in refused()
    assert "install" not in faked.steps


@pytest.mark.parametrize("step", ["training", "check"])
@pytest.mark.parametrize(
    ("printed", "code", "said"),
    [
        ("Traceback\nValueError: it answered\n", 1, "(ValueError: it answered)"),
        ("", -11, "(it was ended by SIGSEGV)"),
        ("", 3, "(exit code 3)"),
    ],
)
def test_an_engine_that_does_not_work_is_not_used(
    faked: Programs, tmp_path: Path, step: str, printed: str, code: int, said: str
) -> None:
    faked.fail(step, printed, code)
    error = refused("--out", str(tmp_path / "out"))
    assert said in error
    assert "Please report it" in error
    assert "install" not in faked.steps
    assert not (tmp_path / "out").exists()


def test_an_engine_that_hangs_is_not_used(faked: Programs) -> None:
    def hang(_: Any) -> int:
        raise subprocess.TimeoutExpired("", 600)

    faked.faults["check"] = hang
    assert "(it did not end within 600 s)" in refused()
    assert "install" not in faked.steps


def test_a_failing_installation_is_said(faked: Programs) -> None:
    faked.fail("install", "error: externally-managed-environment\n")
    assert "could not install the engine that was built: error: externally-managed" in refused()


def test_an_out_that_is_no_folder_is_said(faked: Programs, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "--out: " in refused("--out", str(tmp_path / "file" / "below"))
    assert "install" not in faked.steps


@pytest.mark.parametrize(
    ("wheel", "built"),
    [
        ("Wheel-Version: 1.0\nTag: cp310-abi3-linux_x86_64\n", "as pip installs it"),
        (f"Wheel-Version: 1.0\nBuild: {installed.BUILD}\n", "by edgehost engine build"),
    ],
)
def test_show_says_how_the_engine_was_built(
    monkeypatch: pytest.MonkeyPatch, wheel: str, built: str
) -> None:
    class Distribution:
        def read_text(self, name: str) -> str | None:
            return {"WHEEL": wheel}.get(name)

    monkeypatch.setattr(installed, "distribution", lambda _: Distribution())
    result = run("show")
    assert result.exit_code == 0
    lines = dict(line.split(":", 1) for line in result.stdout.splitlines())
    assert lines["package"].strip() == f"quickjs-ng {VERSION}"
    assert lines["build"].strip() == built


def test_a_missing_engine_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(installed, "PACKAGE", "quickjs-that-nobody-has")
    result = run("show")
    assert result.exit_code == 1
    assert "pip install quickjs-that-nobody-has" in result.stderr
