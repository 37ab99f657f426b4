"""Options to settings, without starting anything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from edgehost import __version__
from edgehost.cli import COMMANDS, main
from edgehost.cli.options import function_config, function_options
from edgehost.config import FunctionConfig, Limits
from edgehost.errors import ConfigError


def configured(*arguments: str) -> FunctionConfig:
    """What the shared options make of these arguments."""
    made: list[FunctionConfig] = []

    @click.command()
    @click.argument("file", type=click.Path(path_type=Path))
    @function_options()
    def command(file: Path, log_format: str, quiet: bool, **function: object) -> None:
        made.append(function_config(file, **function))  # type: ignore[arg-type]

    command.main([*arguments], standalone_mode=False)
    return made[0]


@pytest.fixture
def function(tmp_path: Path) -> Path:
    file = tmp_path / "fn.js"
    file.write_text("export default {};")
    return file


def test_defaults_are_those_of_the_settings(
    function: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EDGEHOST_ESBUILD", raising=False)
    assert configured(str(function)) == FunctionConfig(
        function, env_files=(function.parent / ".env",)
    )


def test_each_option_has_its_setting(function: Path) -> None:
    options = ["--cpu-limit-ms", "1", "--wall-limit-ms", "2", "--memory-limit-mb", "3"]
    config = configured(
        str(function), *options, "--no-env-file", "--allow-eval", "--env", "A=1", "--env", "B=="
    )
    limits = Limits(cpu_ms=1, wall_ms=2, memory_mb=3)
    assert config == FunctionConfig(function, {"A": "1", "B": "="}, limits, allow_eval=True)


def test_the_compiler_is_named_by_an_option_or_the_environment(
    function: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGEHOST_ESBUILD", "/a/esbuild")
    assert configured(str(function)).esbuild == "/a/esbuild"
    assert configured(str(function), "--esbuild", "/b/esbuild").esbuild == "/b/esbuild"


def test_a_limit_of_0_stays_0(function: Path) -> None:
    options = ["--cpu-limit-ms", "0", "--wall-limit-ms", "0", "--memory-limit-mb", "0"]
    limits = configured(str(function), *options).limits
    assert (limits.cpu_ms, limits.wall_ms, limits.memory_mb) == (0, 0, 0)


@pytest.mark.parametrize("option", ["--cpu-limit-ms", "--wall-limit-ms", "--memory-limit-mb"])
def test_a_limit_is_a_whole_number_from_0(function: Path, option: str) -> None:
    for value in ("-1", "1.5", "many"):
        with pytest.raises(click.BadParameter):
            configured(str(function), option, value)


def test_an_option_wins_over_the_file(function: Path) -> None:
    file = function.with_name(".env")
    file.write_text("A=file\nB=file\n")
    config = configured(str(function), "--env", "A=option", "--env-file", str(file))
    assert config.env == {"A": "option", "B": "file"}


@pytest.mark.parametrize("pair", ["A", "=1", " =1"])
def test_a_variable_without_a_name_or_a_value_is_refused(function: Path, pair: str) -> None:
    with pytest.raises(ConfigError, match=r"--env: '.*' is not of the form K=V"):
        configured(str(function), "--env", pair)


def test_a_function_must_be_a_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        configured(str(tmp_path / "none.js"))
    with pytest.raises(ConfigError, match="not a file"):
        configured(str(tmp_path))


# Help


def test_the_version_is_the_packages() -> None:
    assert CliRunner().invoke(main, ["--version"]).output == f"edgehost {__version__}\n"


def test_help_lists_the_commands_with_whole_sentences() -> None:
    output = CliRunner().invoke(main, ["--help"]).output
    for command in COMMANDS:
        assert f"  {command} " in output
    assert "..." not in output.partition("Commands:")[2]


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("serve", ["--host", "--port", "--tls / --no-tls", "--cert", "--key"]),
        ("run", ["[OPTIONS] SCRIPT [ARGS]..."]),
        ("invoke", ["-X, --method", "-H, --header", "-d, --data", "-i, --include", "FILE [URL]"]),
    ],
)
def test_help_explains_every_option(command: str, options: list[str]) -> None:
    shared = [
        "--env K=V",
        "--env-file FILE",
        "--allow-eval",
        "--log-format [pretty|json]",
        "--quiet",
    ]
    limits = ["--cpu-limit-ms N", "--wall-limit-ms N", "--memory-limit-mb N"]
    output = CliRunner().invoke(main, [command, "-h"]).output
    for option in [*options, *shared, *limits]:
        assert option in output


def test_an_unknown_command_is_a_usage_error() -> None:
    result = CliRunner().invoke(main, ["sevre"])
    assert result.exit_code == 2
    assert "No such command 'sevre'" in result.output


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["serve", "--help"], ["run"]])
def test_what_needs_no_function_imports_nothing_that_runs_one(arguments: list[str]) -> None:
    script = f"""
import sys
from edgehost.cli import main
try:
    main({arguments!r})
finally:
    heavy = {{"aiohttp", "quickjs", "uvloop", "cryptography", "ada_url"}} & sys.modules.keys()
    print("imported:", *heavy)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "imported:"
