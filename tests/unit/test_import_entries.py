"""The names that modules import, as the engine's bytecode says them."""

from __future__ import annotations

import pytest

from edgehost.engine.modules.import_entries import by_specifier


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import { a, b as c, default as d } from 'x';", {"x": {"a", "b"}}),
        ("import x, { a } from './x'; import { b } from './x'", {"./x": {"a", "b"}}),
        ('export { a as b } from "x"; const c = 1; export { c }', {"x": {"a"}}),
        ("import {\n  a, // one, two\n  /* three, */ b,\n} from 'x'", {"x": {"a", "b"}}),
        ("import{a,$b,é}from'x'", {"x": {"a", "$b", "é"}}),
        ("import { 'a b' as c, '0' as d, '€😀' as e } from 'x'", {"x": {"a b", "0", "€😀"}}),
        ("import { length, constructor, name } from 'x'", {"x": {"length", "constructor", "name"}}),
        ("import x from 'x'; import * as y from 'y'; export * as z from 'z'", {"x": set(), "y": set(), "z": set()}),
        ("import 'z'; export * from 'w'; import {} from 'v'", {}),
        ("// import { a } from 'x'\nimport('y').then(({ b }) => b)", {}),
        ("export class A { #a = 1n; static b = `${/c/v}`; } export default function () {}", {}),
        ("let a = ;", {}),
        ("", {}),
    ],
)  # fmt: skip
def test_names_by_specifier(source: str, names: dict[str, set[str]]) -> None:
    assert by_specifier(source) == names


def test_all_names_of_a_large_module_are_found() -> None:
    names = [f"name{i}" for i in range(2000)]
    local = "".join(f"export const own{i} = {i};" for i in range(2000))
    assert by_specifier(f"{local} import {{ {','.join(names)} }} from 'x'") == {"x": set(names)}
