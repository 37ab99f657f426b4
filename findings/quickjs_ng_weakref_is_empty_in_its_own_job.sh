#!/usr/bin/env bash
# quickjs-ng 0.17.0.2 (PyPI, engine QuickJS-ng 0.17.0): ECMAScript keeps what a WeakRef was made of, and what deref()
# gave, until the job ends (AddToKeptObjects, ClearKeptObjects). The engine counts references and keeps nothing: deref()
# gives undefined in the same job, in the same expression even, and one deref() that found its object does not make
# the next one find it. A cache of WeakRefs that is filled and read in one job misses.
# Seen: the three lines at the end; a conforming engine gives an object each time.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check quickjs-ng==0.17.0.2
"$folder/venv/bin/python" - > "$folder/seen" <<'PYTHON'
import quickjs

context = quickjs.Context()
print("in one expression:", context.eval("typeof new WeakRef({}).deref()"))
print("a filled cache:", context.eval("""
    const cache = new Map();
    const make = (key) => ({ key });

    for (const key of ['a', 'b']) cache.set(key, new WeakRef(make(key)));
    typeof cache.get('a').deref();
"""))
print("after a deref() that found it:", context.eval("""
    let kept = {};
    const ref = new WeakRef(kept);
    const first = typeof ref.deref();

    kept = null;
    `${first}, then ${typeof ref.deref()}`;
"""))
PYTHON
cat "$folder/seen"
diff "$folder/seen" - <<'SEEN'
in one expression: undefined
a filled cache: undefined
after a deref() that found it: object, then undefined
SEEN
