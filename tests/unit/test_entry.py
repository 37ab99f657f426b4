"""Which file is served where none is given."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edgehost.cli.entry import build_entry, find_entry
from edgehost.errors import ConfigError


@pytest.mark.parametrize(
    "source",
    [
        "export default { build: { entry: './src/fn.js' } };",
        'module.exports = { build: { "entry": "./src/fn.js", preset: "javascript" } }',
        "import { defineConfig } from 'azion';\nexport default defineConfig({ build: { preset: 'x', entry: `./src/fn.js`, }, });",
        "export default {\n  // entry: './old.js',\n  build: { /* entry: './older.js' */ entry: './src/fn.js' } }",
        "export default { functions: [{ name: 'f', entry: './not.js' }], build: { entry: './src/fn.js' } }",
        "export default { build: { polyfills: { entry: './not.js' }, entry: './src/fn.js' } }",
        "export default { url: 'https://x/{', build: { entry: './src/fn.js' } }",
        '{"build": {"entry": "./src/fn.js"}}',
        "export default { entry: './not.js', 'build' : { 'entry' : './src/fn.js' } }",
    ],
)
def test_a_plain_entry_is_found(source: str) -> None:
    assert build_entry(source) == "./src/fn.js"


@pytest.mark.parametrize(
    "source",
    [
        "",
        "export default {}",
        "export default { build: {} }",
        "export default { entry: './fn.js' }",
        "export default { build: { entry } }",
        "export default { build: { entry: file } }",
        "export default { build: { entry: ['./a.js', './b.js'] } }",
        "export default { build: { entry: { a: './a.js' } } }",
        "export default { build: { entry: `./${name}.js` } }",
        "export default { build: { entry: './a' + ending } }",
        "export default { build: { entry: '' } }",
        "export default { build: [ { entry: './fn.js' } ] }",
        "// build: { entry: './fn.js' }",
        "'build: { entry: \"./fn.js\" }'",
        "}}}} { build: { entry:",
        "export default { build: { entry: 'unended } }",
    ],
)
def test_any_other_entry_is_not(source: str) -> None:
    assert build_entry(source) == ""


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


CONFIG = "export default { build: { entry: 'src/fn' } };"


def test_the_configuration_comes_before_the_package(tmp_path: Path) -> None:
    write(tmp_path, **{"azion.config.mjs": CONFIG, "src/fn.ts": "", "main.js": ""})
    write(tmp_path, **{"package.json": '{"main": "main.js"}'})
    assert find_entry(tmp_path) == tmp_path / "src/fn.ts"


def test_a_configuration_that_is_not_plain_leaves_it_to_the_package(tmp_path: Path) -> None:
    write(tmp_path, **{"azion.config.js": "export default config;", "main.js": ""})
    write(tmp_path, **{"package.json": '{"main": "main.js"}'})
    assert find_entry(tmp_path) == tmp_path / "main.js"


@pytest.mark.parametrize(
    ("manifest", "name"),
    [
        ({"main": "./main.js"}, "main.js"),
        ({"main": "main"}, "main.js"),
        ({"main": "src"}, "src/index.ts"),
        ({"exports": "./other.js", "main": "main.js"}, "other.js"),
        ({"exports": {".": {"import": "./other.js"}}}, "other.js"),
        ({"exports": {"azion": "./other.js", "default": "./main.js"}}, "other.js"),
        ({"exports": {"./sub": "./other.js"}, "main": "main.js"}, "main.js"),
    ],
)
def test_a_package_names_its_file(tmp_path: Path, manifest: object, name: str) -> None:
    files = {"main.js": "", "other.js": "", "src/index.ts": ""}
    write(tmp_path, **files, **{"package.json": json.dumps(manifest)})
    assert find_entry(tmp_path) == tmp_path / name


@pytest.mark.parametrize(
    "manifest", [None, "{}", '{"main": 1}', '{"main": ""}', '{"exports": null}']
)
def test_nothing_found_says_what_was_looked_for(tmp_path: Path, manifest: str | None) -> None:
    if manifest is not None:
        write(tmp_path, **{"package.json": manifest})
    with pytest.raises(ConfigError) as error:
        find_entry(tmp_path)
    for word in ("azion.config.*", "build.entry", "package.json", "exports", "main"):
        assert word in str(error.value)


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        ('{"main": "gone.js"}', "package.json names 'gone.js' as the function: there is no module"),
        ('{"main": "../out.js"}', "outside the function's folder"),
        ('{"exports": "fn.js"}', "does not begin with './'"),
        ("{", "'package.json' is not JSON"),
        ("[]", "'package.json' is not a JSON object"),
    ],
)
def test_what_is_named_wrongly_is_said(tmp_path: Path, manifest: str, words: str) -> None:
    write(tmp_path, **{"package.json": manifest})
    with pytest.raises(ConfigError) as error:
        find_entry(tmp_path)
    assert words in str(error.value)
