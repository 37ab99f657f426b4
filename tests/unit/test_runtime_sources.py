"""How the runtime's own files are written: no syntax that the engine runs by what a function can patch.

The lint rules for `runtime_js/` in .oxlintrc.json see to the global object and to methods of texts.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

RUNTIME = Path(__file__).parents[2] / "runtime_js"
FILES = sorted(file.relative_to(RUNTIME).as_posix() for file in RUNTIME.rglob("*.js"))

# Texts, comments and regular expressions, in which none of the syntax counts.
QUIET = re.compile(
    r"//[^\n]*|/\*[\s\S]*?\*/|'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\""
    r"|(?<=pattern\()/(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/"
)
FORBIDDEN = {
    "a loop over an iterator": r"\bfor\s*(?:await\s*)?\(\s*(?:const|let|var)\s[^;)]*?\sof\b",
    "a pattern that iterates": r"\b(?:const|let|var)\s*\[|\(\[[\w\s,]+\](?:,[^()]*)?\)\s*=>",
    "a template, which calls String.prototype.concat": r"`[^`]*\$\{",
    "a regular expression without `pattern`": r"(?:[=(,:]|return)\s*/(?![/*\s])",
    "a collection with the prototype that all have": r"\bnew (?:Map|Set|WeakMap|WeakSet|FinalizationRegistry)\b",
    "yield": r"\byield\b",
}
# What these files do with what is the function's own, or before any function runs.
ALLOWED = {
    ("boundary/built_ins.js", "a collection with the prototype that all have"),
    ("boundary/stack_traces.js", "a collection with the prototype that all have"),
    ("structured_data/structured_deserialize.js", "a collection with the prototype that all have"),
    ("webidl/constructor.js", "a collection with the prototype that all have"),
}


def without_texts(code: str) -> str:
    return QUIET.sub(lambda match: "''" if match[0][0] in "'\"/" else "", code)


def spreads(code: str) -> bool:
    """Whether a list or a call's arguments have a spread: neither an object's literal nor rest parameters."""
    opened: list[tuple[str, int]] = []
    places: list[int] = []  # of the parentheses that hold one
    for match in re.finditer(r"[\[({\])}]|\.\.\.", code):
        sign = match[0]
        if sign == "..." and opened[-1][0] == "[":
            return True
        if sign == "..." and opened[-1][0] == "(":
            places.append(opened[-1][1])
        elif sign in "[({":
            opened.append((sign, match.start()))
        elif sign in "])}":
            _, start = opened.pop()
            if start in places and not re.match(r"\s*(?:\{|=>)", code[match.end() :]):
                return True
    return False


def forbidden(code: str) -> set[str]:
    quiet = without_texts(code)
    found = {what for what, syntax in FORBIDDEN.items() if re.search(syntax, quiet)}
    return found | ({"a spread"} if spreads(quiet) else set())


@pytest.mark.parametrize("file", FILES)
def test_a_file_of_the_runtime_runs_nothing_that_can_be_patched(file: str) -> None:
    found = forbidden((RUNTIME / file).read_text("utf-8"))
    assert {what for what in found if (file, what) not in ALLOWED} == set()


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("a loop over an iterator", "for (const a of list) use(a);"),
        ("a spread", "call(...list)"),
        ("a spread", "const b = [1, ...list];"),
        ("a pattern that iterates", "const [a, b] = list;"),
        ("a template, which calls String.prototype.concat", "const c = `a ${b}`;"),
        ("a regular expression without `pattern`", "const d = /x/.test(b);"),
        ("a collection with the prototype that all have", "const e = new Map();"),
        ("yield", "function* f() { yield 1; }"),
    ],
)
def test_such_syntax_is_found(what: str, code: str) -> None:
    assert forbidden(code) == {what}
