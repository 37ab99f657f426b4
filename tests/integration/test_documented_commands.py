"""What README and guides say to type does what they say, and what they show is a function that is served."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from command import Command

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs" / "guide").glob("*.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

# What no test here runs, by how it begins, and why.
ELSEWHERE = {
    "make serve": "what it sets up is what these tests run in",
    "make test": "these tests",
    "pip install .": "needs a package index",
    "npm install": "needs a registry: tests/packages has its packages from one",
    "edgehost cert trust": "changes what the machine trusts: test_documented_example.py, tests/browser",
    "edgehost engine build": "takes minutes and a compiler: test_engine_training.py",
    "mkdir ": "of the reader's shell",
    "echo ": "of the reader's shell",
}
SHOWN = {"docs/guide/engine.md: package:", "docs/guide/local.md: open"}  # output, by how it begins


def blocks(language: str) -> list[tuple[str, str]]:
    """The page and the text of each."""
    return [
        (str(page.relative_to(ROOT)), text)
        for page in PAGES
        for found, text in BLOCK.findall(page.read_text("utf-8"))
        if found == language and f"{page.relative_to(ROOT)}: {text.split()[0]}" not in SHOWN
    ]


def commands() -> list[str]:
    lines = [line for _, text in blocks("") for line in text.splitlines()]
    return sorted(
        {re.sub(r"\s+#.*", "", line).removeprefix(".venv/bin/") for line in lines if line}
    )


@pytest.fixture
def reader(command: Command) -> Command:
    """A folder with what the commands name: the samples, and the guide's function."""
    shutil.copytree(ROOT / "sample_functions", command.folder / "sample_functions")
    command.write("fn.js", next(text for page, text in blocks("js") if page.endswith("local.md")))
    return command


@pytest.mark.parametrize("line", commands())
def test_a_command_does_what_is_said(reader: Command, line: str) -> None:
    if any(line.startswith(begin) for begin in ELSEWHERE):
        return
    program, name, *arguments = shlex.split(line)
    assert program == "edgehost", f"nobody tries {line!r}: here, or with a reason in ELSEWHERE"
    if name == "serve":
        serve(reader, arguments)
    elif name == "connect" and arguments[0].startswith("ws:"):
        connect_to_server(reader)
    else:
        stdin = "Ada\n" if name == "connect" else ""
        done = reader(name, *arguments, stdin=stdin)
        assert done.returncode == 0, done.stderr


def serve(reader: Command, arguments: list[str]) -> None:
    if "--port" in arguments:
        at = arguments.index("--port")
        del arguments[at : at + 2]
    with reader.serve(*arguments) as server:
        assert server.first_line
        code, _, _ = server.stop()
        assert code == 0


def connect_to_server(reader: Command) -> None:
    with reader.serve("fn.js") as server:
        done = reader("connect", f"ws://127.0.0.1:{server.port}/", stdin="Ada\n")
    assert "< text      9  hello Ada" in done.stdout


def test_the_guides_function_answers_as_its_transcript_shows(reader: Command) -> None:
    shown = BLOCK.findall((ROOT / "docs" / "guide" / "local.md").read_text("utf-8"))
    transcript = next(text for _, text in shown if text.startswith("open\n"))
    done = reader("connect", "fn.js", stdin="Ada\n")
    # Somebody who types waits for the answer before they end.
    assert sorted(done.stdout.splitlines()) == sorted(transcript.splitlines())


@pytest.mark.parametrize(
    ("page", "source"), [block for block in blocks("js") if "import " not in block[1]]
)
def test_a_function_that_is_shown_is_served(command: Command, page: str, source: str) -> None:
    with command.serve(command.write("fn.js", source)) as server:
        assert "hello" in server.get()
