"""CommonJS files as ES modules. Twin: runtime_js/commonjs.js

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
from dataclasses import dataclass

from edgehost.engine.runtime_files import PREFIX

RECORD = f"{PREFIX}commonjs/record/"
FACADE = f"{PREFIX}commonjs/facade/"
FACADE_OF_ES = f"{PREFIX}commonjs/facade-of-es/"  # whose default is that of a compiled ES module
GENERATED = f"{PREFIX}commonjs/"  # what all of them begin with

_FUNCTION = "function(exports,require,module,__filename,__dirname,global){"
HEAD = f"export default(0,{_FUNCTION}"  # not named `default`


@dataclass(frozen=True, slots=True)
class Required:
    """What a specifier in a `require` call means."""

    module: str = ""  # its name
    is_commonjs: bool = False
    is_value: bool = False  # its default export is what `require` returns
    missing: str = ""  # why it cannot be had


def split(module: str) -> tuple[str, str]:
    """A module's name to its prefix, "" for a file itself, and the file's name."""
    for prefix in (RECORD, FACADE, FACADE_OF_ES):
        if module.startswith(prefix):
            return prefix, module.removeprefix(prefix)
    return "", module


def function_text(source: str) -> str:
    """The file's code as an expression: what must parse as a script for it to be CommonJS."""
    return f"({_FUNCTION}{_body(source)}\n}})"


def factory(source: str) -> str:
    return f"{HEAD}{_body(source)}\n}});"


def record(name: str, dependencies: Mapping[str, Required]) -> str:
    """The text of a record."""
    imports, table = [], []
    for index, (specifier, what) in enumerate(dependencies.items()):
        key = f"[{json.dumps(specifier)}]"  # computed: "__proto__" is an ordinary one
        if what.missing:
            table.append(f"{key}:{{missing:{json.dumps(what.missing)}}}")
        elif what.is_commonjs:
            imports.append(f"import {json.dumps(RECORD + what.module)};")
            table.append(f"{key}:{{name:{json.dumps(what.module)}}}")
        else:
            imports.append(f"import * as m{index} from {json.dumps(what.module)};")
            table.append(f"{key}:{{{'value' if what.is_value else 'namespace'}:m{index}}}")
    path, folder = f"/{name}", posixpath.dirname(f"/{name}")
    arguments = ",".join(json.dumps(value) for value in (name, path, folder))
    return (
        f'import{{add}}from"{PREFIX}commonjs.js";import factory from{json.dumps(name)};{"".join(imports)}'
        f"add({arguments},factory,{{__proto__:null,{','.join(table)}}});"
    )


def facade(name: str, names: Iterable[str], of_es: bool) -> str:
    """The text of a facade."""
    bound = [(f"e{index}", json.dumps(export)) for index, export in enumerate(names)]
    taken = ",".join(f"{export}:{variable}" for variable, export in bound)
    given = "".join(f",{variable} as {export}" for variable, export in bound)
    return (
        f'import{{run,defaultOf}}from"{PREFIX}commonjs.js";import{json.dumps(RECORD + name)};'
        f"const all=run({json.dumps(name)}),it={'defaultOf(all)' if of_es else 'all'};"
        f"const{{{taken}}}=all??{{}};export{{it as default{given}}};"
    )


def _body(source: str) -> str:
    return f"//{source[2:]}" if source.startswith("#!") else source
