"""Streams: what functions see of them, and what the rest of the runtime does with them."""

from __future__ import annotations

from typing import Any

import pytest

INTERNALS = """
import * as streams from "edgehost:streams/index.js";
Object.assign(globalThis, { streams, log: [], bytes: (...list) => new Uint8Array(list) });
"""


@pytest.fixture
def inside(realm: Any) -> Any:
    """A realm whose scripts can reach the runtime's own side of streams, as `streams`."""
    modules, context = realm.isolate.modules, realm.isolate._context
    modules.host_import = True
    context.module(INTERNALS)
    realm.eval("0")  # the module's jobs
    modules.host_import = False
    return realm


READ_ALL = """
globalThis.readAll = async (stream) => {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk instanceof Uint8Array ? [...chunk] : chunk);
  return chunks;
};
0;
"""

# What functions see


@pytest.mark.parametrize(
    "source",
    [
        "new ReadableStream({ start(c) { c.enqueue(1); c.enqueue(2); c.close() } })",
        "(() => { let n = 0; return new ReadableStream("
        "{ pull(c) { c.enqueue(++n); if (n === 2) c.close() } }) })()",
        "(() => { let n = 0; return new ReadableStream("
        "{ async pull(c) { await null; c.enqueue(++n); if (n === 2) c.close() } }) })()",
        "ReadableStream.from([1, 2])",
        "ReadableStream.from((async function* () { yield 1; yield 2 })())",
        "ReadableStream.from([1, 2]).pipeThrough(new TransformStream())",
        "ReadableStream.from([1, 2]).tee()[1]",
    ],
)
def test_every_way_to_make_a_stream_gives_its_chunks_in_order(realm: Any, source: str) -> None:
    realm.eval(READ_ALL)
    assert realm.settle(f"readAll({source})") == [1, 2]


def test_pull_is_called_only_when_something_is_wanted(realm: Any) -> None:
    realm.eval("""
        globalThis.pulls = 0;
        const source = { pull(c) { c.enqueue(++pulls) } };
        globalThis.stream = new ReadableStream(source, { highWaterMark: 0 });
        globalThis.reader = stream.getReader();
    """)
    assert realm.eval("pulls") == 0
    assert realm.settle("reader.read()") == {"value": 1, "done": False}
    assert realm.eval("pulls") == 1


def test_a_byob_reader_fills_the_readers_own_memory(realm: Any) -> None:
    realm.eval("""
        globalThis.source = new ReadableStream({
          type: 'bytes',
          pull(c) { c.byobRequest.view.set([7, 8]); c.byobRequest.respond(2) },
        });
    """)
    assert realm.settle(
        "source.getReader({ mode: 'byob' }).read(new Uint8Array(4))"
        ".then(({ value }) => [[...value], value.buffer.byteLength])"
    ) == [[7, 8], 4]


def test_a_byob_read_with_min_waits_for_that_many(realm: Any) -> None:
    realm.eval("""
        globalThis.got = null;
        const start = (c) => { globalThis.controller = c };
        new ReadableStream({ type: 'bytes', start }).getReader({ mode: 'byob' })
          .read(new Uint8Array(8), { min: 3 }).then(({ value }) => { got = [...value] });
        controller.enqueue(new Uint8Array([1, 2]));
    """)
    assert realm.eval("got") is None
    realm.eval("controller.enqueue(new Uint8Array([3, 4]))")
    assert realm.eval("got") == [1, 2, 3, 4]


def test_a_pipe_moves_everything_and_closes_the_destination(realm: Any) -> None:
    realm.eval("""
        globalThis.seen = [];
        globalThis.sink = new WritableStream({
          write(chunk) { seen.push(chunk) }, close() { seen.push('close') },
        });
    """)
    realm.settle("ReadableStream.from(['a', 'b']).pipeTo(sink)")
    assert realm.eval("seen") == ["a", "b", "close"]


def test_a_pipe_stops_when_its_signal_aborts(realm: Any) -> None:
    realm.eval("""
        globalThis.ends = [];
        globalThis.abort = new AbortController();
        const sink = new WritableStream({ abort(reason) { ends.push(['abort', reason]) } });
        new ReadableStream({ cancel(reason) { ends.push(['cancel', reason]) } })
          .pipeTo(sink, { signal: abort.signal })
          .catch((reason) => ends.push(['rejected', reason]));
        abort.abort('enough');
    """)
    assert realm.eval("ends") == [["abort", "enough"], ["cancel", "enough"], ["rejected", "enough"]]


def test_a_slow_sink_holds_its_source_back(realm: Any) -> None:
    realm.eval("""
        globalThis.pulls = 0;
        const write = () => new Promise((go) => { globalThis.go = go });
        new ReadableStream({ pull(c) { c.enqueue(++pulls) } }, { highWaterMark: 0 })
          .pipeTo(new WritableStream({ write }));
    """)
    assert realm.eval("pulls") == 1
    realm.eval("go()")
    assert realm.eval("pulls") == 2


def test_a_transforms_flush_may_add_a_last_chunk(realm: Any) -> None:
    realm.eval(READ_ALL)
    assert realm.settle(
        "readAll(ReadableStream.from([1]).pipeThrough(new TransformStream("
        "{ transform(chunk, c) { c.enqueue(chunk * 2) }, flush(c) { c.enqueue('end') } })))"
    ) == [2, "end"]


def test_an_error_reaches_the_reader_and_nobody_else(realm: Any) -> None:
    """Also not as an unhandled rejection: `closed` counts as handled."""
    realm.eval("""
        globalThis.stream = new ReadableStream({ start(c) { c.error('broken') } });
        globalThis.reader = stream.getReader();
        reader.closed;
    """)
    assert realm.settle("reader.read().catch((error) => error)") == "broken"


@pytest.mark.parametrize(
    "name", ["then", "value", "done", "next", "size", "highWaterMark", "stream", "queue"]
)
def test_setters_on_object_prototype_are_not_run(realm: Any, name: str) -> None:
    realm.eval(READ_ALL)
    realm.eval(f"""
        globalThis.ran = 0;
        const setter = {{ set() {{ ran++ }}, configurable: true }};
        Object.defineProperty(Object.prototype, '{name}', setter);
    """)
    chunks = realm.settle(
        "readAll(ReadableStream.from([1]).pipeThrough(new TransformStream()).tee()[0])"
    )
    realm.eval(f"delete Object.prototype['{name}']")
    assert (chunks, realm.eval("ran")) == ([1], 0)


def test_a_patched_then_is_not_called(realm: Any) -> None:
    realm.eval("""
        globalThis.seen = [];
        const { then } = Promise.prototype;
        Promise.prototype.then = () => { throw new Error('patched') };
        new ReadableStream({ start(c) { c.enqueue(1); c.close() } })
          .pipeThrough(new TransformStream())
          .pipeTo(new WritableStream({
            write(chunk) { seen.push(chunk) }, close() { seen.push('close') },
          }));
    """)
    assert realm.eval("seen") == [1, "close"]


@pytest.mark.parametrize(
    "call",
    [
        "ReadableStream.prototype.cancel.call({})",
        "ReadableStream.prototype.pipeTo.call(undefined)",
        "ReadableStreamDefaultReader.prototype.read.call(1)",
        "WritableStreamDefaultWriter.prototype.write.call({})",
    ],
)
def test_a_wrong_receiver_gives_a_rejected_promise(realm: Any, call: str) -> None:
    assert realm.settle(f"{call}.catch((error) => error.name)") == "TypeError"


# What the runtime uses


def test_the_runtime_reads_a_whole_stream_within_the_turn(inside: Any) -> None:
    inside.eval("""
        streams.readAll(new ReadableStream({ start(c) { c.enqueue(1); c.enqueue(2); c.close() } }),
          (chunk) => log.push(chunk), () => log.push('done'), () => log.push('error'));
        log.push('returned');
    """)
    assert inside.eval("log") == [1, 2, "done", "returned"]


def test_reading_a_long_queue_does_not_grow_the_stack(inside: Any) -> None:
    inside.eval("""
        globalThis.count = 0;
        const start = (c) => { for (let i = 0; i < 50000; i++) c.enqueue(i); c.close() };
        streams.readAll(new ReadableStream({ start }),
          () => count++, () => log.push('done'), (error) => log.push(String(error)));
    """)
    assert (inside.eval("count"), inside.eval("log")) == (50000, ["done"])


def test_a_sink_that_has_enough_pauses_the_pump_until_it_resumes(inside: Any) -> None:
    inside.eval("""
        globalThis.pump = streams.pumpInto(ReadableStream.from([1, 2, 3]), {
          chunk(chunk) { log.push(chunk); return chunk !== 2 },
          done() { log.push('done') },
          error() {},
        });
        null;
    """)
    assert (inside.eval("log"), inside.eval("pump.isPaused")) == ([1, 2], True)
    inside.eval("pump.resume()")
    assert inside.eval("log") == [1, 2, 3, "done"]


def test_a_pump_that_pauses_in_the_middle_of_a_pull_leaves_the_rest_in_the_queue(
    inside: Any,
) -> None:
    inside.eval("""
        let pulls = 0;
        globalThis.pump = streams.pumpInto(new ReadableStream({
          pull(c) {
            log.push(`pull ${++pulls}: ${c.desiredSize}`);
            c.enqueue(pulls);
            c.enqueue(-pulls);
            if (pulls === 3) c.close();
          },
        }), {
          chunk(chunk) { log.push(chunk); return chunk !== 2 },
          done() { log.push('done') },
          error() {},
        });
        null;
    """)
    assert inside.eval("log") == ["pull 1: 1", 1, -1, "pull 2: 1", 2]
    inside.eval("log = []; pump.resume()")
    assert inside.eval("log") == ["pull 3: 1", -2, 3, -3, "done"]


def test_a_sink_may_end_the_stream_that_feeds_it(inside: Any) -> None:
    inside.eval("""
        const stream = new ReadableStream({
          pull(c) { c.enqueue(1); log.push(c.desiredSize) },
          cancel(reason) { log.push(reason) },
        });
        streams.pumpInto(stream, {
          chunk() { streams.cancelStream(stream, 'enough'); return false },
          done() { log.push('done') },
          error() {},
        });
        null;
    """)
    assert inside.eval("log") == ["done", "enough", 0]


def test_a_pump_has_each_chunk_of_a_source_that_pushes(inside: Any) -> None:
    inside.eval("""
        let controller, pulls = 0;
        streams.pumpInto(new ReadableStream({ start(c) { controller = c }, pull() { pulls++ } }), {
          chunk(chunk) { log.push(chunk) },
          done() { log.push('done') },
          error(error) { log.push(error) },
        });
        queueMicrotask(() => queueMicrotask(() => {
          for (let i = 0; i < 4; i++) controller.enqueue(i);
          log.push(pulls);
          controller.error('broken');
        }));
    """)
    assert inside.eval("log") == [0, 1, 2, 3, 2, "broken"]


def test_a_cancelled_pump_says_nothing_more(inside: Any) -> None:
    inside.eval("""
        const stream = new ReadableStream({
          pull(c) { c.enqueue(1) },
          cancel(reason) { log.push(['cancel', reason]); throw new Error('ignored') },
        });
        const pump = streams.pumpInto(stream, {
          chunk() { log.push('chunk'); return false },
          done() { log.push('done') },
          error() { log.push('error') },
        });
        queueMicrotask(() => queueMicrotask(() => pump.cancel('gone')));
    """)
    assert inside.eval("log") == ["chunk", ["cancel", "gone"]]


def test_the_host_is_asked_once_for_each_chunk(inside: Any) -> None:
    inside.eval("""
        globalThis.stream = streams.createByteSource({ pull() { log.push('pull') }, cancel() {} });
        globalThis.reader = stream.getReader();
        globalThis.reads = Promise.all([reader.read(), reader.read()]);
    """)
    assert inside.eval("log") == ["pull"]
    inside.eval("streams.enqueueBytes(stream, bytes(1))")
    assert inside.eval("log") == ["pull", "pull"]
    inside.eval("streams.closeStream(stream)")
    assert inside.settle(
        "reads.then((results) => results.map(({ value, done }) => [value && [...value], done]))"
    ) == [
        [[1], False],
        [None, True],
    ]


def test_a_byob_reader_of_a_host_stream_gets_its_view_back_at_the_end(inside: Any) -> None:
    inside.eval("""
        globalThis.stream = streams.createByteSource({});
        globalThis.read = stream.getReader({ mode: 'byob' }).read(new Uint8Array(4));
        streams.closeStream(stream);
    """)
    assert inside.settle("read.then(({ value, done }) => [value.byteLength, done])") == [0, True]


@pytest.mark.parametrize(
    "late", ["enqueueBytes(stream, bytes(1))", "closeStream(stream)", "errorStream(stream, 1)"]
)
def test_what_the_host_sends_after_a_cancel_is_dropped(inside: Any, late: str) -> None:
    inside.eval(f"""
        globalThis.stream = streams.createByteSource({{ cancel(reason) {{ log.push(reason) }} }});
        streams.cancelStream(stream, 'gone');
        streams.{late};
    """)
    assert inside.eval("log") == ["gone"]
    assert inside.settle("stream.getReader().read().then(({ done }) => done)") is True


def test_bytes_after_an_ended_host_stream_are_still_read(inside: Any) -> None:
    inside.eval(READ_ALL)
    inside.eval("""
        globalThis.stream = streams.createByteSource({});
        streams.enqueueBytes(stream, bytes(1, 2));
        streams.enqueueBytes(stream, bytes());
        streams.enqueueBytes(stream, bytes(3));
        streams.closeStream(stream);
    """)
    assert inside.settle("readAll(stream)") == [[1, 2], [3]]


def test_a_tee_for_a_clone_copies_the_chunks(inside: Any) -> None:
    inside.eval(
        "globalThis.pair = streams.teeStream(ReadableStream.from([bytes(1, 2), { a: [1] }]))"
    )
    assert inside.settle("""(async () => {
        const [one, two] = pair.map((stream) => stream.getReader());
        const [a, b] = [(await one.read()).value, (await two.read()).value];
        const [c, d] = [(await one.read()).value, (await two.read()).value];
        return [[...b], a.buffer === b.buffer, d, c === d];
    })()""") == [[1, 2], False, {"a": [1]}, False]


def test_a_stream_is_disturbed_by_reading_and_locked_by_a_reader(inside: Any) -> None:
    look = "[streams.isDisturbed(stream), streams.isLocked(stream)]"
    inside.eval("globalThis.stream = new ReadableStream(); globalThis.reader = stream.getReader()")
    assert inside.eval(look) == [False, True]
    inside.eval("reader.read().catch(() => {}); reader.releaseLock()")
    assert inside.eval(look) == [True, False]


def test_a_transform_of_the_runtime_has_two_ordinary_sides(inside: Any) -> None:
    inside.eval(READ_ALL)
    inside.eval("""
        globalThis.negate = streams.createTransform({
          transform(chunk, controller) { controller.enqueue(-chunk) },
          flush(controller) { controller.enqueue('end') },
        });
        0;
    """)
    assert inside.settle("readAll(ReadableStream.from([1, 2]).pipeThrough(negate))") == [
        -1,
        -2,
        "end",
    ]
