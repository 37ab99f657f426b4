"""Blob and File: what the Web Platform Tests leave open."""

from __future__ import annotations

from typing import Any


def test_text_between_bytes_keeps_its_place(realm: Any) -> None:
    parts = "['é', 'a', new Uint8Array([0, 255]), new Blob(['b', 'c']), new ArrayBuffer(1), 'd']"
    assert realm.settle(f"[...await new Blob({parts}).bytes()]") == (
        [*"éa".encode(), 0, 255, *b"bc", 0, *b"d"]
    )


def test_a_pair_of_surrogates_in_two_parts_is_two_lone_ones(realm: Any) -> None:
    assert realm.settle(r"new Blob(['\ud83d', '\ude00']).text()") == "\ufffd\ufffd"


def test_line_ends_of_text_become_native_ones(realm: Any) -> None:
    made = "new Blob(['a\\r\\nb\\rc\\nd', new Uint8Array([13])], { endings: 'native' })"
    assert realm.settle(f"[...await {made}.bytes()]") == list(b"a\nb\nc\nd\r")


def test_later_changes_of_a_part_do_not_show(realm: Any) -> None:
    assert (
        realm.settle(
            "(async (bytes, blob) => { bytes.fill(0); return blob.text(); })"
            "(...(() => { const bytes = new TextEncoder().encode('abc'); return [bytes, new Blob([bytes])]; })())"
        )
        == "abc"
    )


def test_what_a_blob_gives_away_is_a_copy(realm: Any) -> None:
    script = """(async () => {
      const blob = new Blob(['abc']);

      new Uint8Array(await blob.arrayBuffer()).fill(0);
      (await blob.bytes()).fill(0);
      for await (const chunk of blob.stream()) chunk.fill(0);
      (await new Response(blob).bytes()).fill(0);
      for await (const chunk of new Response(blob).body) chunk.fill(0);

      return blob.text();
    })()"""
    assert realm.settle(script) == "abc"


def test_a_slice_reaches_over_parts(realm: Any) -> None:
    blob = "new Blob(['ab', new Uint8Array([99, 100]), new Blob(['ef']), 'gh'])"
    slices = "[[0, 8], [1, 7], [2, 4], [3, 3], [-3, -1], [5, 99], [6, 2]]"
    assert realm.settle(
        f"Promise.all({slices}.map(([start, end]) => {blob}.slice(start, end).text()))"
    ) == ["abcdefgh", "bcdefg", "cd", "", "fg", "fgh", ""]


def test_a_slice_of_a_slice(realm: Any) -> None:
    assert realm.settle("new Blob(['abcdef']).slice(1, 5).slice(1, 3).text()") == "cd"


def test_a_stream_gives_chunks_of_bounded_size(realm: Any) -> None:
    assert realm.settle(
        "Array.fromAsync(new Blob([new Uint8Array(100000), 'abc']).stream(), (chunk) => chunk.length)"
    ) == [65536, 34464, 3]


def test_a_blob_of_many_parts(realm: Any) -> None:
    many = "Array.from({ length: 200000 }, () => new Uint8Array(1))"
    assert realm.settle(f"(await new Blob([new Blob({many}), 'x']).bytes()).length") == 200001


def test_a_clone_is_equal_and_shares_no_identity(realm: Any) -> None:
    assert realm.settle(
        "(async (file, clone) => [clone !== file, clone instanceof File, clone.name, clone.type,"
        "clone.lastModified, await clone.text()])"
        "(...((file) => [file, structuredClone(file)])"
        "(new File(['abc'], 'n', { type: 'a/b', lastModified: 5 })))"
    ) == [True, True, "n", "a/b", 5, "abc"]


def test_a_blob_is_made_before_anything_has_touched_the_global(realm: Any) -> None:
    assert realm.settle("(await new Response('x').blob()) instanceof Blob") is True


def test_what_is_no_blob_evaluates_nothing(realm: Any) -> None:
    realm.eval("new Response({}), new Request('data:,', { method: 'POST', body: 'x' }), 0")
    lazy = "['Blob', 'File', 'FormData'].map((name) => 'get' in Object.getOwnPropertyDescriptor(globalThis, name))"
    assert realm.eval(lazy) == [True] * 3


def test_a_blob_made_by_file_counts_as_a_body(realm: Any) -> None:
    """File is evaluated without anybody having touched the global Blob."""
    assert realm.settle("new Response(new File(['abc'], 'n')).text()") == "abc"


def test_methods_reject_a_wrong_receiver(realm: Any) -> None:
    assert (
        realm.settle(
            "Promise.all(['text', 'bytes', 'arrayBuffer'].map((name) => "
            "Blob.prototype[name].call({}).then(() => 'fulfilled', (error) => error.name)))"
        )
        == ["TypeError"] * 3
    )


def test_the_order_of_conversions_of_a_file(realm: Any) -> None:
    assert (
        realm.eval("""
          const seen = [];
          const see = (name, value) => ({ toString() { seen.push(name); return value; } });

          new File([see('bits', '')], see('name', ''), {
            get lastModified() { seen.push('lastModified'); },
            get type() { return see('type', ''); },
            get endings() { return see('endings', 'native'); },
          });
          seen.join()
        """)
        == "bits,name,endings,type,lastModified"
    )
