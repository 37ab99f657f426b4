"""CommonJS files as ES modules. Twin: runtime_js/function/commonjs.js

A file `F` becomes three modules, all made of text, so that the engine only ever sees ES modules:

- `F`, the factory: its code as a function that takes `exports`, `require` and `module`;
- the record of `F`, which hands the factory to the runtime and imports the record of each file that `F`
  requires, so that all are there when the first of them runs;
- a facade of `F`, which runs it and exports what it exported. This is what an `import` of `F` gets.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Mapping
from enum import StrEnum, auto
from typing import Literal, NamedTuple
from urllib.parse import quote, unquote

from edgehost.engine.runtime_files import COMMONJS, PREFIX


class Kind(StrEnum):
    """What is generated for a file."""

    RECORD = auto()
    FACADE = auto()
    FACADE_OF_ES = auto()  # its `default` is that of a compiled ES module


_FUNCTION = "function(exports,require,module,__filename,__dirname,global){"
HEAD = f"export default(0,{_FUNCTION}"  # not named `default`


class Required(NamedTuple):
    """What a specifier in a `require` call means."""

    # name: a CommonJS file; namespace: an ES module; value: a module whose default is meant; missing: none
    how: Literal["name", "namespace", "value", "missing"]
    what: str  # the module's name, or why there is none


def module_name(kind: Kind, file: str, asked: Iterable[str] = ()) -> str:
    """The name of a generated module.

    asked: names that the importer of a facade wants and that do not show in the file's text.
    """
    names = ",".join(quote(name, safe="") for name in asked)
    return f"{COMMONJS}{kind}/{names}/{file}"


def parse_name(module: str) -> tuple[Kind, list[str], str]:
    """`module_name` undone."""
    kind, asked, file = module.removeprefix(COMMONJS).split("/", 2)
    return Kind(kind), list(map(unquote, filter(None, asked.split(",")))), file


def function_text(source: str) -> str:
    """The file's code as an expression: what must parse as a script for it to be CommonJS."""
    return f"({_FUNCTION}{_body(source)}\n}})"


def factory(source: str) -> str:
    return f"{HEAD}{_body(source)}\n}});"


def record(name: str, dependencies: Mapping[str, Required]) -> str:
    """The text of a record."""
    imports, table = [], []
    for index, (specifier, (how, what)) in enumerate(dependencies.items()):
        value = json.dumps(what)
        if how == "name":
            imports.append(f"import {json.dumps(module_name(Kind.RECORD, what))};")
        elif how != "missing":
            imports.append(f"import * as m{index} from {value};")
            value = f"m{index}"
        # The key is computed: "__proto__" is an ordinary one.
        table.append(f"[{json.dumps(specifier)}]:{{{how}:{value}}}")
    path, folder = f"/{name}", posixpath.dirname(f"/{name}")
    arguments = ",".join(json.dumps(value) for value in (name, path, folder))
    return (
        f'import{{add}}from"{PREFIX}function/commonjs.js";import factory from{json.dumps(name)};{"".join(imports)}'
        f"add({arguments},factory,{{__proto__:null,{','.join(table)}}});"
    )


def facade(name: str, names: Iterable[str], asked: Iterable[str], of_es: bool) -> str:
    """The text of a facade.

    names: what the file exports by its text.
    asked: what it must export as well, or the importer is wrong.
    """
    taken, given, checked = [], ["it as default"], []
    for index, export in enumerate(map(json.dumps, names)):
        taken.append(f"{export}:n{index}")
        given.append(f"n{index} as {export}")
    for index, export in enumerate(map(json.dumps, asked)):
        checked.append(f",a{index}=member({json.dumps(name)},{export})")
        given.append(f"a{index} as {export}")
    of_file = json.dumps(module_name(Kind.RECORD, name))
    return (
        f'import{{run,member,defaultOf}}from"{PREFIX}function/commonjs.js";import{of_file};'
        f"const all=run({json.dumps(name)}),it={'defaultOf(all)' if of_es else 'all'}{''.join(checked)};"
        f"const{{{','.join(taken)}}}=all??{{}};export{{{','.join(given)}}};"
    )


def _body(source: str) -> str:
    return f"//{source[2:]}" if source.startswith("#!") else source
