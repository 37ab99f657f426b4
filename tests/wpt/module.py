"""One test as one ES module without imports, which answers a request with its results.

All scripts run in one strict function. Classic scripts may assign to names that they have not
declared, and make globals of their functions: both is done for them.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from .checkout import Checkout
from .data_files import data_files
from .selection import Test
from .substitution import ORIGIN

# Seconds, as `META: timeout=long` chooses.
FILE_SECONDS, LONG_FILE_SECONDS = 30, 75
SUBTEST_SECONDS, LONG_SUBTEST_SECONDS = 4, 20

_FUNCTION = re.compile(r"^(?:async\s+)?function\s*\*?\s*([A-Za-z_$][\w$]*)", re.M)
_ASSIGNED = re.compile(r"(?:^|[;{(])\s*([A-Za-z_$][\w$]*)\s*=(?!=|>)", re.M)
_LOOPED = re.compile(r"\bfor\s*\(\s*([A-Za-z_$][\w$]*)\s+(?:in|of)\b")
_HERE = Path(__file__).parent


def build(checkout: Checkout, test: Test) -> str:
    """The module's source. Raises FileNotFoundError where the checkout lacks a script."""
    paths = [checkout.resolve(test.path, script) for script in test.meta["script"]] + [test.path]
    scripts = {path: checkout.read(path) for path in paths}
    files = data_files(checkout, test.path, scripts.values()) if test.suite.has_data_files else {}
    return "\n".join(
        [
            f"const __wptConfig = {json.dumps(_config(test, scripts))};",
            f"const __wptDataFiles = {json.dumps(files)};",
            (_HERE / "environment.js").read_text("utf-8"),
            (_HERE / "harness.js").read_text("utf-8"),
            "function __wptRunScripts() {",
            f"(function (self) {{\n{checkout.read('resources/testharness.js')}\n}})(__wptShell());",
            "__wptSetUp();",
            *(_export_functions(text) + text for text in scripts.values()),
            "}",
            "export default { fetch: __wptHandle };\n",
        ]
    )


def file_seconds(test: Test) -> int:
    return LONG_FILE_SECONDS if test.is_long else FILE_SECONDS


def _config(test: Test, scripts: dict[str, str]) -> dict[str, object]:
    text = "\n".join(scripts.values())
    undeclared = {*_ASSIGNED.findall(text), *_LOOPED.findall(text)} - {*_FUNCTION.findall(text)}
    page = test.path.removesuffix(".js") + (".worker" if test.path.endswith(".any.js") else "")
    return {
        "address": f"{ORIGIN}/{page}.html{test.variant}",
        "fileLimit": file_seconds(test) * 1000,
        "subtestLimit": (LONG_SUBTEST_SECONDS if test.is_long else SUBTEST_SECONDS) * 1000,
        "undeclared": sorted(undeclared - {"this", "self"}),
        "isIdl": any(path.endswith("/idlharness.js") for path in scripts),
    }


def _export_functions(script: str) -> str:
    return "".join(
        f"__wptExport({json.dumps(name)}, () => {name});\n"
        for name in sorted({*_FUNCTION.findall(script)})
    )
