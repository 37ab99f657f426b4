"""Errors of loading say where they lie, and else where what is missing is imported."""

from __future__ import annotations

import pytest

from edgehost.engine.modules.import_places import place_of_import
from tests.unit.conftest import Function

# Files, and the place of the error that the first of them fails with.
CASES = {
    "a missing file": ({"a.js": "// './b.js'\nimport './b.js';"}, "a.js:2:8"),
    "behind a comment": ({"a.js": "/* from './b.js' */ export * from './b.js';"}, "a.js:1:35"),
    "behind a text": (
        {"a.js": "const s = \"import './b.js'\";\nawait import('./b.js');"},
        "a.js:2:14",
    ),
    "several steps deep": (
        {
            "a.js": "import './b.js';",
            "b.js": "\n import './c/d.js';",
            "c/d.js": "export * from '../e.js';",
        },
        "c/d.js:1:15",
    ),
    "a missing package": ({"a.js": "import x from 'absent';"}, "a.js:1:15"),
    "a missing export": (
        {"a.js": "import { yes, no } from './b.js';", "b.js": "export const yes = 1;"},
        "a.js:1:15",
    ),
    "under another name": (
        {"a.js": "import { no as yes } from './b.js';", "b.js": ""},
        "a.js:1:10",
    ),
    "a missing default": ({"a.js": "import it from './b.js';", "b.js": ""}, "a.js:1:8"),
    "passed on": (
        {
            "a.js": "import { no } from './b.js';",
            "b.js": "export { no } from './c.js';",
            "c.js": "",
        },
        "b.js:1:10",
    ),
    "with a long name": (
        {"a.js": f"import {{ no }} from './{'b' * 99}.js';", f"{'b' * 99}.js": ""},
        "a.js:1:10",
    ),
    "of CommonJS": (
        {"a.js": "\nimport { no } from './b.cjs';", "b.cjs": "exports.yes = 1;"},
        "a.js:2:10",
    ),
    "required": ({"a.js": "import './b.cjs';", "b.cjs": "\nrequire('./absent');"}, "b.cjs:2:1"),
    "an undefined export": (
        {"a.js": "import './b.js';", "b.js": "// export { no }\nexport { no as x };"},
        "b.js:2:10",
    ),
    "a cycle": (
        {
            "a.js": "import { x } from './b.js';",
            "b.js": "export { x } from './c.js';",
            "c.js": "export { x } from './b.js';",
        },
        "a.js:1:10",
    ),
    "broken JSON": ({"a.js": "import x from './b.json';", "b.json": '{"a": 1,\n b}'}, "b.json:2:2"),
    "a broken pattern": ({"a.js": "let a = 1 / 2;\nexport const r = [/a\\/(/];"}, "a.js:2:19"),
    "with flags": (
        {"a.js": "import './b.js';", "b.js": "/* /(/ */ const r = /[a&&&b]/v;"},
        "b.js:1:21",
    ),
    "in CommonJS": ({"a.js": "import './b.cjs';", "b.cjs": "exports.r = /(/;"}, "b.cjs:1:13"),
    "in the middle": ({"a.js": "'é';\n" * 9 + "/[/;" + "\n1;" * 9}, "a.js:10:1"),
}


@pytest.mark.parametrize(("files", "place"), CASES.values(), ids=CASES.keys())
def test_an_error_of_loading_has_a_place(
    function: Function, files: dict[str, str], place: str
) -> None:
    for name, text in files.items():
        path = function.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    ((op, _, message, trace, shown),) = function.load(function.folder / next(iter(files)))
    assert op == "loadFailed"
    assert message not in ("", "null")
    frames, excerpt = function.isolate.modules.place(trace)
    assert f"{frames[0].file}:{frames[0].line}:{frames[0].column}" == place
    assert excerpt
    assert place in shown


def test_an_import_that_the_text_does_not_show_has_its_file(function: Function) -> None:
    (function.folder / "a.js").write_text("const name = './b' + '.js';\nawait import(name);")
    ((_, _, message, *_),) = function.load(function.folder / "a.js")
    assert message == "there is no module 'b.js', imported by 'a.js'"


def test_the_class_of_an_error_stays(function: Function) -> None:
    seen = function.value(
        "await import('./b.js').catch((error) => [error instanceof TypeError, error.constructor.name, `${error}`].join())"
    )
    assert seen == "true,TypeError,TypeError: there is no module 'b.js'"


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("import './b'", (1, 8)),
        ('import "./b"', (1, 8)),
        ("import a from'./b'", (1, 14)),
        ("import('./b')", (1, 8)),
        ("const u = 'http://x'; import './b'", (1, 30)),
        ("a\r\nb\u2028import './b'", (3, 8)),
        ("import './c'; './b'", None),
        ("", None),
    ],
)
def test_the_place_of_an_import(source: str, place: tuple[int, int] | None) -> None:
    assert place_of_import(source, "./b") == place


def test_the_place_of_a_name_in_a_long_file() -> None:
    assert place_of_import(
        "import x from y;\n" * 20_000 + "import { a } from './b'", "./b", "a"
    ) == (
        20_001,
        10,
    )
