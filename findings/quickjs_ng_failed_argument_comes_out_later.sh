#!/usr/bin/env bash
# quickjs-ng 0.17.0.2 (PyPI): when JavaScript calls a Python callable with an argument that cannot be converted (a text
# with a lone surrogate), the callable is not called and JavaScript gets an InternalError that it can catch. But Python's
# error indicator stays set behind it, and comes out of something else: the next callable that is called, though its own
# argument is fine, fails where it first looks at an iterator; and where no Python runs in between, the eval raises
# SystemError although the script has caught the error and returned a value.
# Seen: the four lines at the end.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check quickjs-ng==0.17.0.2
"$folder/venv/bin/python" - > "$folder/seen" <<'PYTHON'
import quickjs

context = quickjs.Context()
called = []


def note(*values):
    try:
        called.append(tuple(map(str, values)))
    except Exception as error:
        called.append(type(error).__name__)


context.add_callable("note", note)
caught = "try { note('\\ud800') } catch (error) { said = String(error) }"

context.eval(f"var said; {caught} note('fine')")
print("JavaScript caught:", context.eval("said"))
print("the callable saw:", called)
try:
    print("the script gave", context.eval(f"{caught} 7"))
except SystemError as error:
    print("eval raised SystemError, caused by", type(error.__cause__).__name__)
print("after that:", context.eval("8"))
PYTHON
cat "$folder/seen"
diff "$folder/seen" - <<'SEEN'
JavaScript caught: InternalError: Internal error: could not convert args.
the callable saw: ['SystemError']
eval raised SystemError, caused by UnicodeDecodeError
after that: 8
SEEN
