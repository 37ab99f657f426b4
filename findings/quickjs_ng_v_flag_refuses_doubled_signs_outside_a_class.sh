#!/usr/bin/env bash
# quickjs-ng 0.17.0.2 (PyPI, engine QuickJS-ng 0.17.0): with the flag v, a hyphen and doubled signs mean something inside a
# class only (ECMAScript, ClassSetReservedDoublePunctuator). The engine refuses them outside of every class as well,
# which the flags u and none take: /a-b/v, /a&&b/v, /a!!b/v. A lone & is taken, and inside a class all is right. As a
# literal it is an error of syntax, so nothing of the file runs.
# Seen: the table at the end; a conforming engine takes all of it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check quickjs-ng==0.17.0.2
"$folder/venv/bin/python" - > "$folder/seen" <<'PYTHON'
import quickjs

context = quickjs.Context()


def tried(pattern: str, flag: str) -> str:
    try:
        return f"matches: {context.eval(f'/^{pattern}$/{flag}.test({pattern!r})')}"
    except quickjs.JSException as error:
        return str(error).partition("\n")[0]


for pattern in ("a-b", "a&b", "a&&b", "a!!b"):
    print(pattern, "| u", tried(pattern, "u"), "| v", tried(pattern, "v"))
print("difference in a class |", context.eval("/^[[a-c]--b]$/v.test('b')"))
PYTHON
cat "$folder/seen"
diff "$folder/seen" - <<'SEEN'
a-b | u matches: True | v SyntaxError: invalid character in class in regular expression
a&b | u matches: True | v matches: True
a&&b | u matches: True | v SyntaxError: invalid class set operation in regular expression
a!!b | u matches: True | v SyntaxError: invalid class set operation in regular expression
difference in a class | False
SEEN
