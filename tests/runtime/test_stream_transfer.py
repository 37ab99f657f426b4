"""Streams that are transferred: https://streams.spec.whatwg.org/#transferrable-streams"""

from __future__ import annotations

import pytest
from tasked import TaskedRealm

MOVE = "const move = (stream) => structuredClone(stream, { transfer: [stream] });"
READABLE = """
let controller;
const original = new ReadableStream({
  start(c) { controller = c; },
  cancel(reason) { note(`cancelled: ${reason}`); },
});
const moved = move(original);
"""
WRITABLE = """
const original = new WritableStream({
  write(chunk) { note(chunk); },
  close() { note('closed'); },
  abort(reason) { note(`aborted: ${reason}`); },
});
const writer = move(original).getWriter();
"""


def test_the_chunks_of_a_readable_stream_come_as_copies(tasked: TaskedRealm) -> None:
    source = """
    const chunk = { list: [1] };

    controller.enqueue(chunk);
    controller.enqueue('text');
    controller.close();
    note(original.locked);
    for await (const received of moved) note(received, received === chunk);
    """
    assert tasked.run(MOVE + READABLE + source) == [True, {"list": [1]}, False, "text", False]


def test_an_error_reaches_the_reader(tasked: TaskedRealm) -> None:
    source = """
    controller.error(new RangeError('broken'));
    await moved.getReader().read().catch((error) => note(error instanceof RangeError, error.message));
    """
    assert tasked.run(MOVE + READABLE + source) == [True, "broken"]


def test_a_cancel_reaches_the_source(tasked: TaskedRealm) -> None:
    assert tasked.run(MOVE + READABLE + "await moved.cancel('enough');") == ["cancelled: enough"]


def test_a_chunk_that_cannot_be_cloned_errors_both_sides(tasked: TaskedRealm) -> None:
    source = """
    controller.enqueue(() => {});
    await moved.getReader().read().catch((error) => note(error.name));
    """
    log = tasked.run(MOVE + READABLE + source)
    assert log[0].startswith("cancelled: DataCloneError")
    assert log[1:] == ["DataCloneError"]


def test_what_is_written_arrives_in_order(tasked: TaskedRealm) -> None:
    source = "writer.write(1); writer.write([2]); await writer.close(); note('done');"
    log = tasked.run(MOVE + WRITABLE + source)
    assert [item for item in log if item != "done"] == [1, [2], "closed"]
    assert "done" in log


def test_an_abort_reaches_the_sink(tasked: TaskedRealm) -> None:
    assert tasked.run(MOVE + WRITABLE + "await writer.abort('no');") == ["aborted: no"]


def test_a_sink_that_fails_errors_the_writer(tasked: TaskedRealm) -> None:
    source = """
    const writer = move(new WritableStream({ write() { throw new Error('full'); } })).getWriter();

    writer.write(1).catch(() => {});
    await writer.closed.catch((error) => note(error.message));
    """
    assert tasked.run(MOVE + source) == ["full"]


def test_both_sides_of_a_transform_move(tasked: TaskedRealm) -> None:
    source = """
    const original = new TransformStream({ transform(chunk, c) { c.enqueue(chunk * 2); } });
    const { readable, writable } = move(original);
    const writer = writable.getWriter();

    note(original.readable.locked && original.writable.locked);
    writer.write(1);
    writer.write(2);
    writer.close();
    for await (const chunk of readable) note(chunk);
    """
    assert tasked.run(MOVE + source) == [True, 2, 4]


@pytest.mark.parametrize(
    "locked",
    [
        "const stream = new ReadableStream(); stream.getReader();",
        "const stream = new WritableStream(); stream.getWriter();",
        "const stream = new TransformStream(); stream.readable.getReader();",
        "const stream = new TransformStream(); stream.writable.getWriter();",
    ],
)
def test_a_locked_stream_does_not_move(tasked: TaskedRealm, locked: str) -> None:
    source = f"{locked} try {{ move(stream); note('moved') }} catch (error) {{ note(error.name) }}"
    assert tasked.run(MOVE + source) == ["DataCloneError"]


def test_a_stream_is_not_cloned_without_a_transfer(tasked: TaskedRealm) -> None:
    source = "try { structuredClone(new ReadableStream()) } catch (error) { note(error.name) }"
    assert tasked.run(source) == ["DataCloneError"]


def test_a_stream_moves_through_a_port_and_on(tasked: TaskedRealm) -> None:
    source = """
    const { port1, port2 } = new MessageChannel();
    const stream = ReadableStream.from(['a', 'b']);

    port2.onmessage = async ({ data, ports }) => {
      for await (const chunk of move(data.stream)) note(chunk);
      note(ports.length);
    };
    port1.postMessage({ stream }, [stream]);
    """
    assert tasked.run(MOVE + source) == ["a", "b", 0]


def test_a_transferred_stream_that_idles_keeps_no_script_running(tasked: TaskedRealm) -> None:
    tasked.run(MOVE + READABLE + WRITABLE.replace("original", "sink"))
    assert (tasked.queue.expected, tasked.queue.pending) == (0, 0)


def test_patched_built_ins_are_not_used(tasked: TaskedRealm) -> None:
    source = """
    const stream = new ReadableStream({ start(c) { c.enqueue('chunk'); } });
    const list = { *[Symbol.iterator]() { yield stream; } };
    const iterate = Array.prototype[Symbol.iterator];
    const { then } = Promise.prototype;

    structuredClone(0);
    Array.prototype[Symbol.iterator] = () => { throw new Error('iterated'); };
    Promise.prototype.then = () => { throw new Error('then'); };

    const reader = structuredClone(stream, { transfer: list }).getReader();
    const { value } = await reader.read();

    Array.prototype[Symbol.iterator] = iterate;
    Promise.prototype.then = then;
    note(value);
    """
    assert tasked.run(source) == ["chunk"]
