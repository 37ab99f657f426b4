"""A module's answer becomes a result, and so does whatever else it does."""

from __future__ import annotations

from pathlib import Path

import pytest

from .execution import execute
from .pool import Runner
from .result import Result

ANSWER = """{ harness: 0, message: '', scriptError: null, subtests: [
    { name: 'a', status: 0, message: '' },
    { name: 'a', status: 1, message: 'no' },
    { name: 'b', status: 2, message: '' },
] }"""


def run(folder: Path, handler: str, seconds: float = 5) -> Result:
    module = folder / "test.js"
    module.write_text(f"export default {{ async fetch() {{ {handler} }} }}", "utf-8")
    return execute(module, seconds)


def test_subtests_of_one_name_are_told_apart(tmp_path: Path) -> None:
    result = run(tmp_path, f"return Response.json({ANSWER})")
    assert result.subtests == {"a": "", "a #2": "FAIL: no", "b": "TIMEOUT: "}
    assert not result.harness
    assert [*result.failures] == ["a #2", "b"]


def test_a_script_that_ends_early_is_a_failure_of_the_file(tmp_path: Path) -> None:
    answer = "{ harness: 0, message: '', scriptError: 'TypeError: no', subtests: [] }"
    assert "TypeError: no" in run(tmp_path, f"return Response.json({answer})").harness


@pytest.mark.parametrize(
    ("handler", "harness"),
    [
        ("throw new Error('broken')", "ScriptError: Error: broken"),
        ("return new Response('text')", "JSONDecodeError"),
        ("await new Promise(() => {})", "TimeoutError"),
        ("for (;;);", "LimitExceeded"),
        ("return (", "FunctionLoadError"),
    ],
)
def test_anything_else_is_a_failure_of_the_file(tmp_path: Path, handler: str, harness: str) -> None:
    result = run(tmp_path, handler, seconds=0.1)
    assert not result.subtests
    assert harness in result.harness


def test_a_runner_outlives_its_process(tmp_path: Path) -> None:
    module = tmp_path / "test.js"
    module.write_text(f"export default {{ fetch: () => Response.json({ANSWER}) }}", "utf-8")
    runner = Runner()
    try:
        assert len(runner.run(module, 5).subtests) == 3
        runner.kill()
        assert "the process ended" in runner.run(module, 5).harness
        assert len(runner.run(module, 5).subtests) == 3
    finally:
        runner.close()
