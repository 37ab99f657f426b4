"""FormData, and bodies of the two types that it has on the wire."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

# Any text that is no lone surrogate, and often what has a meaning in a body.
TEXT = st.text(
    st.sampled_from('\r\n"%2;:-\\ä\ufeff\0') | st.characters(exclude_categories=["Cs"]), max_size=12
)

ENTRIES = """async (form) => {
  const entries = [];

  for (const [name, value] of form) {
    entries.push(typeof value === 'string' ? [name, value] : [name, value.name, value.type, await value.text()]);
  }

  return entries;
}"""


def parse(realm: Any, body: str | bytes, content_type: str) -> Any:
    """The entries of a body; what formData() rejects with raises an AssertionError."""
    data = list(body.encode() if isinstance(body, str) else body)
    response = (
        f"new Response(new Uint8Array({data}), "
        f"{{ headers: {{ 'content-type': {json.dumps(content_type)} }} }})"
    )
    return realm.settle(f"({ENTRIES})(await {response}.formData())")


def part(headers: str, body: str = "v") -> str:
    return f"--x\r\n{headers}\r\n\r\n{body}\r\n--x--\r\n"


def test_a_name_is_one_entry_or_several(realm: Any) -> None:
    assert realm.eval(
        """
        const form = new FormData();

        form.append('a', 1);
        form.append('b', 2);
        form.append('a', 3);
        const before = form.getAll('a');
        form.set('a', 4);
        form.set('c', 5);
        form.delete('b');
        [before, [...form], form.get('b'), form.has('c')]
        """
    ) == [["1", "3"], [["a", "4"], ["c", "5"]], None, True]


def test_a_conversion_that_changes_the_form_loses_no_entry(realm: Any) -> None:
    assert realm.eval("""
        const form = new FormData();

        form.append('old', '1');
        form.append('a', { toString() { form.delete('old'); return '2'; } });
        form.set('b', { toString() { form.delete('a'); return '3'; } });
        [...form]
        """) == [["b", "3"]]


def test_a_file_name_needs_a_blob(realm: Any) -> None:
    assert realm.eval(
        "try { new FormData().append('a', 'text', 'name') } catch (error) { error.name }"
    ) == ("TypeError")


def test_a_form_comes_back_from_its_body(realm: Any) -> None:
    form = r"""(() => {
      const form = new FormData();

      form.append('a"\r\n\\é', 'one\ntwo\r\nthree\rfour');
      form.append('', '');
      form.append('f', new File([new Uint8Array([13, 10, 45, 45]), '\ufeffé'], 'n"\n\\é%22.txt', { type: 'Text/X' }));
      form.append('f', new Blob([]));

      return form;
    })()"""
    assert realm.settle(f"({ENTRIES})(await new Response({form}).formData())") == [
        ['a"\r\n\\é', "one\r\ntwo\r\nthree\r\nfour"],
        ["", ""],
        ["f", 'n"\n\\é".txt', "text/x", "\r\n--\ufeffé"],
        ["f", "blob", "application/octet-stream", ""],
    ]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(entries=st.lists(st.tuples(TEXT, TEXT, st.binary(max_size=12) | st.none())))
def test_any_form_comes_back_from_its_body(realm: Any, entries: list[Any]) -> None:
    def with_line_ends(text: str) -> str:
        return re.sub(r"\r\n?|\n", "\r\n", text)

    def unescaped(text: str) -> str:
        return re.sub("%(0A|0D|22)", lambda match: chr(int(match[1], 16)), text)

    script = """(async (entries) => {
      const form = new FormData();
      const seen = [];

      for (const [name, text, bytes] of entries) {
        if (bytes === null) form.append(name, text);
        else form.append(name, new Blob([new Uint8Array(bytes)]), text);
      }

      for (const [name, value] of await new Response(form).formData()) {
        seen.push(typeof value === 'string' ? [name, value, null] : [name, value.name, [...await value.bytes()]]);
      }

      return seen;
    })"""
    given = [(name, text, None if data is None else list(data)) for name, text, data in entries]
    assert realm.settle(f"{script}({json.dumps(given)})") == [
        [
            unescaped(with_line_ends(name)),
            with_line_ends(text) if data is None else unescaped(text),
            data,
        ]
        for name, text, data in given
    ]


def test_what_a_body_looks_like(realm: Any) -> None:
    script = """(async () => {
      const form = new FormData();

      form.append('a', 'b');
      form.append('f', new Blob(['c']), 'd');
      const response = new Response(form);
      const [type, boundary] = response.headers.get('content-type').split('; boundary=');

      return [type, (await response.text()).replaceAll(boundary, 'x')];
    })()"""
    assert realm.settle(script) == [
        "multipart/form-data",
        '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n'
        '--x\r\nContent-Disposition: form-data; name="f"; filename="d"\r\n'
        "Content-Type: application/octet-stream\r\n\r\nc\r\n--x--\r\n",
    ]


def test_every_body_has_a_boundary_of_its_own(realm: Any) -> None:
    types = (
        "Array.from({ length: 3 }, () => new Response(new FormData()).headers.get('content-type'))"
    )
    assert realm.eval(f"new Set({types}).size") == 3


@pytest.mark.parametrize(
    ("headers", "entry"),
    [
        ('Content-Disposition: form-data; name="a"', ["a", "v"]),
        ("CONTENT-DISPOSITION:FORM-DATA;NAME=a", ["a", "v"]),
        ('Content-Disposition: form-data; filename="f"; name="a"', ["a", "f", "text/plain", "v"]),
        ('Content-Disposition: form-data; name="a"; filename=""', ["a", "", "text/plain", "v"]),
        (
            "Content-Disposition: form-data; name=a; filename=f.txt; filename*=utf-8''f.txt",
            ["a", "f.txt", "text/plain", "v"],
        ),
        (
            'X-Other: y\r\nContent-Type: Image/PNG\r\nContent-Disposition: form-data; name="a"; filename="f"',
            ["a", "f", "image/png", "v"],
        ),
        ('Content-Disposition: form-data; name="é%22%0d%0D%0A\\"', ['é"%0d\r\n\\', "v"]),
    ],
)
def test_headers_of_a_part(realm: Any, headers: str, entry: list[str]) -> None:
    assert parse(realm, part(headers), "multipart/form-data; boundary=x") == [entry]


def test_what_stands_before_and_behind_the_parts_is_ignored(realm: Any) -> None:
    body = "before\r\n" + part('Content-Disposition: form-data; name="a"') + "behind"
    assert parse(realm, body, 'multipart/form-data; boundary="x"') == [["a", "v"]]
    padded = body.replace("--x\r\n", "--x \t\r\n")
    assert parse(realm, padded, "multipart/form-data; boundary=x") == [["a", "v"]]


def test_a_delimiter_stands_at_the_start_of_a_line(realm: Any) -> None:
    body = part('Content-Disposition: form-data; name="a"', "1\n--x\r--x--\r\r\n-x")
    assert parse(realm, body, "multipart/form-data; boundary=x") == [["a", "1\n--x\r--x--\r\r\n-x"]]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("", "the first delimiter is missing"),
        ("--y--", "the first delimiter is missing"),
        ("--x", "a delimiter does not end its line"),
        ("--xy\r\n", "a delimiter does not end its line"),
        ("--x\r\n", "the delimiter that ends a part is missing"),
        ("--x\r\n\r\n--x--", "a part has no headers"),
        (part("Content-Type: a/b"), "no content-disposition of form-data"),
        (part("Content-Disposition: form-data"), "a part has no name"),
        (part('Content-Disposition: attachment; name="a"'), "no content-disposition of form-data"),
        (part('Content-Disposition: form-data; name="a"b'), "no content-disposition of form-data"),
        (part('Content-Disposition: form-data; name="a'), "no content-disposition of form-data"),
        (part("no header"), "a header of a part is no header"),
        (part('Content-Disposition: form-data; name="a"\nX: y'), "is no header"),
    ],
)
def test_a_malformed_body_is_a_type_error_that_says_why(realm: Any, body: str, why: str) -> None:
    with pytest.raises(AssertionError, match=why) as raised:
        parse(realm, body, "multipart/form-data; boundary=x")
    assert "TypeError" in str(raised.value)


@pytest.mark.parametrize(
    "content_type", ["text/plain", "multipart/form-data", "multipart/mixed; boundary=x"]
)
def test_a_body_of_another_type_is_a_type_error(realm: Any, content_type: str) -> None:
    with pytest.raises(AssertionError, match="TypeError: formData: the body's type"):
        parse(realm, "--x--", content_type)


def test_a_urlencoded_body(realm: Any) -> None:
    body = b"a=1+2&b=%E2%82%AC&c=\xe2\x82\xac&d=\xff%ff&=&e&\xef\xbb\xbff="
    assert parse(realm, body, "application/x-www-form-urlencoded;charset=latin1") == [
        *[
            ["a", "1 2"],
            ["b", "€"],
            ["c", "€"],
            ["d", "\ufffd\ufffd"],
            ["", ""],
            ["e", ""],
            ["\ufefff", ""],
        ]
    ]


# A client must not be able to keep a function busy until a limit stops it.


def is_refused(realm: Any, body: str, content_type: str, why: str) -> None:
    """body: an expression."""
    error = realm.settle(
        f"new Response({body}, {{ headers: {{ 'content-type': '{content_type}' }} }})"
        ".formData().then(() => 'fulfilled', String)"
    )
    assert error.startswith("TypeError")
    assert why in error


@pytest.mark.parametrize("character", ["\\r", "\\r\\n", "\\r\\n-", "\\r\\n--", " "])
def test_a_large_body_without_a_part_is_refused_at_once(realm: Any, character: str) -> None:
    body = f"'--x\\r\\n' + '{character}'.repeat(1e7)"
    is_refused(realm, body, "multipart/form-data; boundary=x", "that ends a part is missing")


def test_a_form_has_a_number_of_entries(realm: Any) -> None:
    part = "'--x\\r\\nContent-Disposition: form-data; name=a\\r\\n\\r\\n\\r\\n'"
    multipart = "multipart/form-data; boundary=x"
    allowed = f"new Response({part}.repeat(10000) + '--x--', {{ headers: {{ 'content-type': '{multipart}' }} }})"
    assert realm.settle(f"[...await {allowed}.formData()].length") == 10000
    is_refused(realm, f"{part}.repeat(10001) + '--x--'", multipart, "more than 10000 parts")
    urlencoded = "application/x-www-form-urlencoded"
    assert realm.settle(
        "[...await new Response(new URLSearchParams('&a'.repeat(9999))).formData()].length"
    ) == (9999)
    is_refused(realm, "'a&'.repeat(1e6)", urlencoded, "more than 10000 entries")


def test_the_headers_of_a_part_have_a_size(realm: Any) -> None:
    body = "'--x\\r\\nA: ' + 'b'.repeat(5000) + '\\r\\n\\r\\n\\r\\n--x--'"
    is_refused(realm, body, "multipart/form-data; boundary=x", "more than 4096 bytes")


def test_many_spaces_take_no_quadratic_time(realm: Any) -> None:
    spaces = " " * 1000
    body = part(f'Content-Disposition: form-data; name="a";{spaces}b{spaces}"')
    with pytest.raises(AssertionError, match="TypeError"):
        parse(realm, body, "multipart/form-data; boundary=x")
    spaces = " " * 60_000
    with pytest.raises(AssertionError, match="TypeError"):
        parse(realm, "", f"text/plain{spaces};a{spaces}=b{spaces}c")
