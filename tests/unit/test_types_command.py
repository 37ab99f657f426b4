"""`edgehost types`, but for what the types say: tests/packages/test_types.py."""

from __future__ import annotations

from command import Command

from edgehost.cli.types import SOURCE


def test_the_types_are_written_and_written_again(command: Command) -> None:
    for _ in range(2):
        done = command("types")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert (command.folder / "edgehost.d.ts").read_text() == SOURCE.read_text()


def test_another_file_or_stdout_can_be_chosen(command: Command) -> None:
    assert command("types", "-").stdout == SOURCE.read_text()
    assert command("types", "env.d.ts").returncode == 0
    assert [file.name for file in command.folder.iterdir() if file.is_file()] == ["env.d.ts"]


def test_a_file_of_somebody_else_stays(command: Command) -> None:
    command.write("edgehost.d.ts", "// mine\n")
    done = command("types")
    assert done.returncode == 1
    assert "edgehost.d.ts is not a file that `edgehost types` has made" in done.stderr
    assert (command.folder / "edgehost.d.ts").read_text() == "// mine\n"


def test_a_place_that_cannot_be_written_is_one_line(command: Command) -> None:
    done = command("types", "none/edgehost.d.ts")
    assert done.returncode == 1
    assert done.stderr == "Error: none/edgehost.d.ts: No such file or directory\n"
