"""`edgehost cert`: what it prints, and which stores it changes (never the system's own)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from edgehost.cli import trust_stores
from edgehost.cli.cert import cert

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the stores of Linux")
needs_certutil = pytest.mark.skipif(
    shutil.which("certutil") is None, reason="certutil (libnss3-tools) is not installed"
)


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without stores: an empty home, no system store, and only `certutil` to run."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("EDGEHOST_HOME", str(tmp_path / "edgehost"))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setattr(trust_stores, "LINUX_STORES", ())
    certutil = shutil.which("certutil")
    (tmp_path / "bin").mkdir()
    if certutil is not None:
        (tmp_path / "bin" / "certutil").symlink_to(certutil)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path


@pytest.fixture
def system_store(machine: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A system store whose tool notes what it finds there."""
    folder = machine / "anchors"
    folder.mkdir()
    make_tool(machine, "take-up", f'echo "$@" $(/bin/ls {folder}) > {machine}/noted')
    monkeypatch.setattr(trust_stores, "LINUX_STORES", ((str(folder), ("take-up", "now")),))
    return folder


def make_tool(machine: Path, name: str, script: str) -> None:
    tool = machine / "bin" / name
    tool.unlink(missing_ok=True)
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(0o755)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cert, arguments)


def file_of_authority() -> Path:
    return Path(run("path").output.strip())


def nicknames(folder: Path) -> str:
    command = ["certutil", "-L", "-d", f"sql:{folder}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_path_prints_only_the_file(machine: Path) -> None:
    result = run("path")
    assert result.output == f"{machine}/edgehost/authority/ca.pem\n"
    assert result.exit_code == 0
    assert file_of_authority().is_file()


def test_show_prints_what_identifies_the_authority(machine: Path) -> None:
    lines = dict(line.split(":", 1) for line in run("show").output.splitlines())
    values = {label: value.strip() for label, value in lines.items()}
    assert list(values) == ["subject", "valid from", "valid until", "SHA-256", "file"]
    assert values["subject"].startswith("CN=edgehost development authority ")
    assert int(values["valid until"][:4]) - int(values["valid from"][:4]) in (9, 10)
    assert len(values["SHA-256"].split(":")) == 32
    assert values["file"] == f"{machine}/edgehost/authority/ca.pem"


@pytest.mark.parametrize("command", ["show", "path", "trust"])
def test_a_damaged_authority_is_one_line_and_exit_code_1(command: str) -> None:
    file_of_authority().write_text("nonsense")
    result = run(command)
    assert result.exit_code == 1
    assert result.output.startswith("Error: the development certificate authority in ")
    assert result.output.count("\n") == 1


@needs_certutil
def test_trust_makes_the_database_of_chromium(machine: Path) -> None:
    result = run("trust")
    assert result.exit_code == 0
    assert f"trusted by Chromium and Chrome ({machine}/.pki/nssdb)" in result.output
    (line,) = [line for line in nicknames(machine / ".pki/nssdb").splitlines() if "edgeh" in line]
    assert line.split()[-1] == "C,,"


@needs_certutil
def test_trust_twice_changes_nothing(machine: Path) -> None:
    run("trust")
    first = nicknames(machine / ".pki/nssdb")
    assert run("trust").exit_code == 0
    assert nicknames(machine / ".pki/nssdb") == first


@needs_certutil
def test_trust_uses_the_database_that_is_there_and_hides_none(machine: Path) -> None:
    folder = machine / ".local/share/pki/nssdb"
    folder.mkdir(parents=True)
    assert run("trust").exit_code == 0
    assert "edgehost development authority" in nicknames(folder)
    assert not (machine / ".pki").exists()


@needs_certutil
def test_trust_finds_every_profile_of_firefox(machine: Path) -> None:
    profiles = [machine / ".mozilla/firefox/abc.default", machine / ".mozilla/firefox/def.dev"]
    for profile in profiles:
        profile.mkdir(parents=True)
        command = ["certutil", "-N", "-d", f"sql:{profile}", "--empty-password"]
        subprocess.run(command, check=True)
    (machine / ".mozilla/firefox/Crash Reports").mkdir()
    result = run("trust")
    assert result.output.count("trusted by Firefox") == 2
    for profile in profiles:
        assert "edgehost development authority" in nicknames(profile)


def test_trust_without_certutil_says_how_to_do_it_by_hand(machine: Path) -> None:
    (machine / "bin" / "certutil").unlink(missing_ok=True)
    result = run("trust")
    assert result.exit_code == 1
    assert "libnss3-tools" in result.output
    assert f"by hand: mkdir -p {machine}/.pki/nssdb && certutil -N -d" in result.output
    assert not (machine / ".pki").exists()


@needs_certutil
def test_what_trust_says_to_do_by_hand_works(machine: Path) -> None:
    tool = (machine / "bin" / "certutil").readlink()
    (machine / "bin" / "certutil").unlink()
    said = run("trust").output.partition("by hand: ")[2].splitlines()[0]
    paths = {"PATH": f"{tool.parent}:/bin", "HOME": str(machine)}
    subprocess.run(["/bin/sh", "-c", said], check=True, env=paths)
    assert (
        "edgehost development authority"
        in subprocess.run(
            [tool, "-L", "-d", f"sql:{machine}/.pki/nssdb"], capture_output=True, text=True
        ).stdout
    )


def test_a_tool_that_fails_is_quoted(machine: Path) -> None:
    make_tool(
        machine, "certutil", 'echo "some detail" >&2; echo "certutil: it is locked" >&2; exit 255'
    )
    result = run("trust")
    assert result.exit_code == 1
    assert "certutil: it is locked" in result.output
    assert "by hand: " in result.output


def test_trust_copies_into_the_system_store_and_runs_its_tool(
    machine: Path, system_store: Path
) -> None:
    make_tool(machine, "certutil", "exit 1")
    result = run("trust")
    assert result.exit_code == 0
    assert f"trusted by the system store ({system_store})" in result.output
    (copy,) = system_store.iterdir()
    assert copy.read_bytes() == file_of_authority().read_bytes()
    assert (machine / "noted").read_text() == f"now {copy.name}\n"


def test_a_system_store_of_root_is_left_alone(
    machine: Path, system_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:  # as root, which tests may be, modes refuse nothing
        raise PermissionError(13, "Permission denied")

    make_tool(machine, "certutil", "exit 1")
    monkeypatch.setattr(shutil, "copyfile", refuse)
    result = run("trust")
    assert result.exit_code == 1
    assert "not added to the system store: only root may change it" in result.output
    assert f"by hand: sudo cp {file_of_authority()} {system_store}/" in result.output
    assert not (machine / "noted").exists()


def test_no_system_leaves_the_system_store_out(machine: Path, system_store: Path) -> None:
    result = run("trust", "--no-system")
    assert "system store" not in result.output
    assert os.listdir(system_store) == []
