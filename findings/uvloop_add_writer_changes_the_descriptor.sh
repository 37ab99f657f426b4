#!/usr/bin/env bash
# uvloop 0.23.0: loop.add_writer (and add_reader) switches O_NONBLOCK on, on the open file description that was
# passed, and leaves it on after remove_writer. asyncio's own loop changes nothing. The description of an inherited
# stdout belongs to other processes too: whoever else writes to that pipe gets EAGAIN from then on.
# Seen: asyncio False False False, uvloop False True True.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check uvloop==0.23.0
"$folder/venv/bin/python" - > "$folder/seen" <<'PYTHON'
import asyncio
import os

import uvloop


async def watch() -> list[bool]:
    reader, writer = os.pipe()
    os.set_blocking(writer, True)
    is_nonblocking = lambda: not os.get_blocking(writer)
    seen = [is_nonblocking()]
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    loop.add_writer(writer, lambda: ready.done() or ready.set_result(None))
    await ready
    seen.append(is_nonblocking())
    loop.remove_writer(writer)
    await asyncio.sleep(0)
    seen.append(is_nonblocking())
    return seen


for name, factory in (("asyncio", asyncio.SelectorEventLoop), ("uvloop", uvloop.new_event_loop)):
    with asyncio.Runner(loop_factory=factory) as runner:
        print(name, *runner.run(watch()))
PYTHON
cat "$folder/seen"
diff "$folder/seen" - <<'SEEN'
asyncio False False False
uvloop False True True
SEEN
