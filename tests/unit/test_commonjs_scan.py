"""Names that are found in the text of CommonJS files, in every form that compilers write."""

from __future__ import annotations

import pytest

from edgehost.engine.modules.commonjs_scan import (
    exported,
    passed_on,
    required,
    without_dead_branch,
)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("exports.a = 1; exports.b = exports.c = 2", ["a", "b", "c"]),
        ("module.exports.a = 1", ["a"]),
        ("exports['a-b'] = 1; exports[\"c\"] = 2", ["a-b", "c"]),
        ("module.exports = { a, b: 1, 'c-d': 2, e() {}, get f() {}, async g() {} }", ["a", "b", "c-d", "e", "f", "g"]),
        ("module.exports = {\n  a: require('x'),\n  b,\n}", ["a", "b"]),
        ("module.exports = { a: { x: 1, y: [2, 3] }, b: f(1, 2), c: '}', /* d, */ e, // f\n g }", ["a", "b", "c", "e", "g"]),
        ("module.exports = { ...require('x'), get: 1, async: 2, [computed]: 3, z }; let { not } = x", ["get", "async", "z"]),
        ("Object.defineProperty(exports, 'a', { enumerable: true, get: function () {} })", ["a"]),
        ('Object.defineProperty(exports, "__esModule", { value: true }); exports.default = 1', ["__esModule"]),
        ("Object.defineProperty(module.exports, 'a', { value: 1 })", ["a"]),
        ("exports.a = exports.b = void 0;", ["a", "b"]),
        ("0 && (module.exports = { a, b });", ["a", "b"]),
        ("__export(src_exports, { a: () => a, b: () => b });", ["a", "b"]),
        ("(function (exports) { exports.a = 1; })(typeof exports === 'object' ? exports : {})", ["a"]),
        ("exports.a=function(){},exports.$b=1", ["a", "$b"]),
        ("if (exports.a == 1 || exports.b === 2) {}", []),
        ("Object.defineProperty(exports, `a`, {})", []),
        ("myexports.a = 1; x.exports.b = 2", []),
        ("module.exports = function () {}", []),
    ],
)  # fmt: skip
def test_exported_names(source: str, names: list[str]) -> None:
    assert exported(source) == names


@pytest.mark.parametrize(
    ("source", "specifiers"),
    [
        ("const a = require('a'), b = require( \"./b\" )", ["a", "./b"]),
        ("if (x) require('a'); else require('a')", ["a"]),
        ("x.require('a'); $require('b'); requires('c'); require(d); require('e' + f)", []),
        ("var a=require('a');", ["a"]),
        ("require('line\nbreak'); require('')", []),
    ],
)
def test_required_specifiers(source: str, specifiers: list[str]) -> None:
    assert required(source) == specifiers


@pytest.mark.parametrize(
    ("source", "specifiers"),
    [
        ("module.exports = require('./a')", ["./a"]),
        ("__exportStar(require('./a'), exports); tslib_1.__exportStar(require('./b'), exports)", ["./a", "./b"]),
        ("__export(require('./a'))", ["./a"]),
        ("__reExport(src_exports, require('./a'), module.exports);", ["./a"]),
        ("0 && (module.exports = { a, ...require('./a') })", ["./a"]),
        (
            "var _a = _interopRequireWildcard(require('./a')); Object.keys(_a).forEach(function (key) {});"
            "var _b = require('./b'); Object.keys(_b).forEach(function (key) {});",
            ["./a", "./b"],
        ),
        ("const a = require('./a'); exports.b = a.b", []),
    ],
)  # fmt: skip
def test_specifiers_whose_exports_are_passed_on(source: str, specifiers: list[str]) -> None:
    assert passed_on(source) == specifiers


@pytest.mark.parametrize(
    "part",
    [
        "exports={", "/*", "/**/", "'", '"', "`", "require(", "Object.keys(a).forEach(", "__export(a,{", "exports.a",
        "module.exports = { /* a */ /* b */", "a = b(require('c')", " ", "...", "__reExport(a", "{", "\\",
        "import", "export$", '"\\', "'\\", "`\\",
    ],
)  # fmt: skip
def test_no_text_takes_long(part: str) -> None:
    source = part * 50_000
    exported(source), required(source), passed_on(source)
    exported("exports={" + source)


@pytest.mark.parametrize(
    ("comparison", "first"), [("===", True), ("==", True), ("!==", False), ("!=", False)]
)
@pytest.mark.parametrize("production", [True, False])
def test_the_branch_that_is_not_taken_is_left_out(
    comparison: str, first: bool, production: bool
) -> None:
    source = (
        f"'use strict'; if (process.env.NODE_ENV {comparison} 'production') {{ module.exports = require('./a'); }}\n"
        "else { module.exports = require('./b'); } require('./c');"
    )
    taken = "./a" if first == production else "./b"
    assert required(without_dead_branch(source, production)) == [taken, "./c"]


def test_other_branches_stay() -> None:
    source = "if (process.env.NODE_ENV !== 'production') { require('./a'); } if (x) { require('./b'); } else {}"
    assert without_dead_branch(source, True) == source
