"""`${NAME}` in an env file."""

from __future__ import annotations

import pytest

from edgehost.cli.env_expansion import expand
from edgehost.cli.env_file import parse_env

VARIABLES = {"A": "a", "EMPTY": "", "dotted.NAME_1": "d", "REFERS": "${A}"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", ""),
        ("${A}", "a"),
        ("<${A}-${A}>", "<a-a>"),
        ("${dotted.NAME_1}", "d"),
        ("${MISSING}", ""),
        ("${MISSING:-b}", "b"),
        ("${MISSING-b}", "b"),
        ("${EMPTY:-b}", "b"),
        ("${EMPTY-b}", ""),
        ("${A:-b}", "a"),
        ("${MISSING:-}", ""),
        ("${MISSING:-a b:-c}", "a b:-c"),
        ("${MISSING:-${A}}", "a"),
        ("${MISSING:-<${MISSING:-${A}}>}", "<a>"),
        ("${MISSING:-http://${A}:80/}", "http://a:80/"),
        ("${REFERS}", "${A}"),
        (r"\${A}", "${A}"),
        (r"\$A", "$A"),
        (r"\\${A}", r"\${A}"),
        (r"${MISSING:-\${A}}", "${A}"),
        # None of these forms
        ("$A", "$A"),
        ("$$", "$$"),
        ("${}", "${}"),
        ("${ A }", "${ A }"),
        ("${A!}", "${A!}"),
        ("${1}", "${1}"),
        ("{A}", "{A}"),
        ("${A", "${A"),
        ("${MISSING:-b", "${MISSING:-b"),
        ("${MISSING:-${A}", "${MISSING:-a"),
        ("${A}}", "a}"),
    ],
)
def test_a_reference_is_replaced(text: str, value: str) -> None:
    assert expand(text, VARIABLES) == value


def test_many_references_without_an_end_stay_as_they_are() -> None:
    text = "${A:-" * 100_000
    assert expand(text, VARIABLES) == text


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("${A}", "a"),
        ('"${A}"', "a"),
        ("`${A}`", "a"),
        ("'${A}'", "${A}"),
        ("'${A}' # comment", "${A}"),
        ("'it's ${A}'", "it's ${A}"),
        (r'"\${A}"', "${A}"),
        (r"'\${A}'", r"\${A}"),
        (r'"${MISSING:-x\ny}"', "x\ny"),
        ('"${A}\n${A}"', "a\na"),
    ],
)
def test_single_quotes_keep_a_reference(written: str, value: str) -> None:
    assert parse_env(f"A=a\nK={written}", ".env")["K"] == value


def test_a_reference_is_to_what_stands_above_it() -> None:
    text = "B=${A}\nA=1\nC=${A}\nA=2\nD=${A}\nE=${E}-"
    assert parse_env(text, ".env") == {"B": "", "A": "2", "C": "1", "D": "2", "E": "-"}


def test_what_was_given_wins_over_what_stands_above_and_that_over_other_files() -> None:
    text = "GIVEN=file\nOWN=file\nALL=${GIVEN} ${OWN} ${OUTER}"
    outer = {"GIVEN": "outer", "OWN": "outer", "OUTER": "outer"}
    assert parse_env(text, ".env", outer, {"GIVEN": "given"})["ALL"] == "given file outer"
