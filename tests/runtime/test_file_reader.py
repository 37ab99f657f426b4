"""FileReader, with the tasks that it queues."""

from __future__ import annotations

from typing import Any

import pytest

from edgehost.bindings import stateless_queries


@pytest.fixture
def realm(make_realm: Any) -> Any:
    tasks: list[str] = []
    made = make_realm(ops={"queueTask": lambda: tasks.append("task")}, queries=stateless_queries())

    def run_tasks() -> None:
        while True:
            for op, arguments in made.isolate.take_ops():
                op(*arguments)
            if not tasks:
                return
            made.isolate.deliver(tasks.pop())

    made.run_tasks = run_tasks
    return made


READ = """
  const seen = [];
  const reader = new FileReader();
  const read = (method, parts, options, ...more) => reader[method](new Blob(parts, options), ...more);

  for (const type of ['loadstart', 'progress', 'load', 'abort', 'error', 'loadend']) {
    reader.addEventListener(type, (event) => seen.push([type, reader.readyState, event.loaded, event.total]));
  }
"""


def test_the_events_of_a_read(realm: Any) -> None:
    realm.eval(READ + "read('readAsText', ['abc']);")
    assert realm.eval("[reader.readyState, reader.result, seen.length]") == [1, None, 0]
    realm.run_tasks()
    assert realm.eval("[seen, reader.result]") == [
        [["loadstart", 1, 0, 3], ["progress", 1, 3, 3], ["load", 2, 3, 3], ["loadend", 2, 3, 3]],
        "abc",
    ]


def test_an_abort_ends_the_read_at_once(realm: Any) -> None:
    realm.eval(READ + "read('readAsText', ['abc']); reader.abort();")
    realm.run_tasks()
    assert realm.eval("[seen, reader.readyState, reader.result]") == [
        [["abort", 2, 0, 0], ["loadend", 2, 0, 0]],
        2,
        None,
    ]


def test_a_read_that_begins_in_load_takes_the_place_of_loadend(realm: Any) -> None:
    realm.eval(
        READ
        + "reader.onload = () => { reader.onload = null; read('readAsText', []); }; read('readAsText', ['a']);"
    )
    realm.run_tasks()
    assert realm.eval("seen.map(([type]) => type).join()") == (
        "loadstart,progress,load,loadstart,load,loadend"
    )


def test_one_read_at_a_time(realm: Any) -> None:
    script = (
        READ
        + "read('readAsText', ['a']); try { read('readAsText', ['b']) } catch (error) { error.name }"
    )
    assert realm.eval(script) == "InvalidStateError"


@pytest.mark.parametrize(
    ("call", "result"),
    [
        (r"'readAsBinaryString', ['é\0']", "Ã©\0"),
        ("'readAsDataURL', ['é'], { type: 'A/b' }", "data:a/b;base64,w6k="),
        ("'readAsDataURL', []", "data:application/octet-stream;base64,"),
        ("'readAsText', [new Uint8Array([0xef, 0xbb, 0xbf, 0x61])], {}, 'utf-16le'", "a"),
        ("'readAsText', [new Uint8Array([0x61, 0])], {}, 'utf-16le'", "a"),
        ("'readAsText', [new Uint8Array([0x61, 0])], { type: 'a/b;charset=utf-16le' }", "a"),
        ("'readAsText', ['é'], { type: 'a/b;charset=nonsense' }, 'nonsense'", "é"),
    ],
)
def test_what_is_read(realm: Any, call: str, result: str) -> None:
    realm.eval(READ + f"read({call});")
    realm.run_tasks()
    assert realm.settle("reader.result") == result


def test_a_buffer_that_was_read_is_a_copy(realm: Any) -> None:
    realm.eval(
        "const blob = new Blob(['abc']); const reader = new FileReader(); reader.readAsArrayBuffer(blob);"
    )
    realm.run_tasks()
    assert realm.settle("(new Uint8Array(reader.result).fill(0), blob.text())") == "abc"
