"""TextEncoder and TextDecoder: UTF-8 and UTF-16, whole and streamed."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

SCALARS = st.characters(exclude_categories=["Cs"])
REALM_IS_SHARED = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
# What decoders trip over: leads, continuations, overlong forms, surrogates, the end of Unicode.
TRICKY = st.lists(
    st.sampled_from(
        [
            0x41,
            0x80,
            0x8F,
            0x90,
            0x9F,
            0xA0,
            0xBF,
            0xC0,
            0xC3,
            0xE0,
            0xE2,
            0xED,
            0xEF,
            0xF0,
            0xF4,
            0xF5,
        ]
    ),
    max_size=10,
).map(bytes)
CODECS = {"utf-8": "utf-8", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be"}


def array(data: bytes) -> str:
    return f"new Uint8Array([{','.join(map(str, data))}])"


def decode(
    realm: Any, data: bytes, label: str = "utf-8", options: str = "{}", cuts: tuple[int, ...] = ()
) -> str:
    """cuts: where the chunks of a streamed input end."""
    ends = [0, *cuts, len(data)]
    chunks = [array(data[start:end]) for start, end in pairwise(ends)]
    script = f"""JSON.stringify((() => {{
      const decoder = new TextDecoder('{label}', {options});
      let text = '';
      for (const chunk of [{",".join(chunks)}]) text += decoder.decode(chunk, {{ stream: true }});
      return text + decoder.decode();
    }})())"""
    text: str = json.loads(realm.eval(script))
    return text


def encode(realm: Any, text: str) -> bytes:
    return bytes(realm.eval(f"Array.from(new TextEncoder().encode({json.dumps(text)}))"))


# Lengths around those at which the work moves from the realm to the host.
LENGTHS = (0, 1, 2, 31, 127, 128, 129, 255, 256, 257, 1023, 1024, 4096, 70_000)


@pytest.mark.parametrize(
    "piece", ["a", "a b{", "é", "€", "😀", "\0", "x\ufeff", "a\u00ffé😀\u0000%41%u1234"]
)
def test_utf8_both_ways_at_every_length(realm: Any, piece: str) -> None:
    for length in LENGTHS:
        text = (piece * length)[:length]
        assert encode(realm, text) == text.encode(), length
        script = f"""(() => {{
          const text = {json.dumps(text)};
          const decoder = new TextDecoder('utf-8', {{ ignoreBOM: true }});
          return decoder.decode(new TextEncoder().encode(text)) === text;
        }})()"""
        assert realm.eval(script) is True, length


def test_lone_surrogates_are_encoded_as_the_replacement_character(realm: Any) -> None:
    for length in (1, 300, 5000):
        script = f"Array.from(new TextEncoder().encode('\\ud800x\\udc00'.repeat({length})))"
        assert bytes(realm.eval(script)) == "\ufffdx\ufffd".encode() * length


def test_encoded_bytes_own_their_buffer(realm: Any) -> None:
    script = """['', 'ab', 'é'.repeat(200), 'x'.repeat(5000)].map((text) => {
      const bytes = new TextEncoder().encode(text);
      return bytes.constructor === Uint8Array && bytes.byteOffset === 0
        && bytes.buffer.byteLength === bytes.length;
    })"""
    assert realm.eval(script) == [True] * 4


@pytest.mark.parametrize(
    ("source", "room", "read", "written"),
    [
        ("abc", 3, 3, 3),
        ("abc", 5, 3, 3),
        ("abc", 2, 2, 2),
        ("abc", 0, 0, 0),
        ("é€😀", 1, 0, 0),
        ("é€😀", 2, 1, 2),
        ("é€😀", 4, 1, 2),
        ("é€😀", 5, 2, 5),
        ("é€😀", 8, 2, 5),
        ("é€😀", 9, 4, 9),
        ("a😀", 2, 1, 1),
        ("", 3, 0, 0),
        ("x" * 1000 + "😀", 1003, 1000, 1000),
    ],
)
def test_encode_into_fills_whole_characters(
    realm: Any, source: str, room: int, read: int, written: int
) -> None:
    script = f"""(() => {{
      const target = new Uint8Array({room}).fill(255);
      const result = new TextEncoder().encodeInto({json.dumps(source)}, target);
      return [result.read, result.written, Array.from(target)];
    }})()"""
    assert realm.eval(script) == [
        read,
        written,
        [*source.encode()[:written], *[255] * (room - written)],
    ]


def test_encode_into_writes_where_the_view_is(realm: Any) -> None:
    script = """(() => {
      const buffer = new ArrayBuffer(6);
      new TextEncoder().encodeInto('\\ud800', new Uint8Array(buffer, 1, 4));
      return Array.from(new Uint8Array(buffer));
    })()"""
    assert realm.eval(script) == [0, 0xEF, 0xBF, 0xBD, 0, 0]
    for target in ("new Uint16Array(4)", "new ArrayBuffer(4)", "[]", "undefined"):
        call = f"new TextEncoder().encodeInto('a', {target})"
        assert realm.eval(f"try {{ {call}; '' }} catch (error) {{ error.name }}") == "TypeError", (
            target
        )


@REALM_IS_SHARED
@given(data=st.one_of(TRICKY, st.binary(max_size=40)), label=st.sampled_from(sorted(CODECS)))
def test_malformed_input_is_replaced_as_the_standard_says(
    realm: Any, data: bytes, label: str
) -> None:
    expected = data.decode(CODECS[label], "replace")
    assert decode(realm, data, label, "{ ignoreBOM: true }") == expected
    assert decode(realm, data * 20, label, "{ ignoreBOM: true }") == (data * 20).decode(
        CODECS[label], "replace"
    )


@REALM_IS_SHARED
@given(
    data=st.one_of(TRICKY, st.text(SCALARS, max_size=6).map(str.encode)),
    label=st.sampled_from(sorted(CODECS)),
)
def test_chunks_decode_as_the_whole_does(realm: Any, data: bytes, label: str) -> None:
    whole = data.decode(CODECS[label], "replace")
    assert decode(realm, data, label, "{ ignoreBOM: true }", tuple(range(1, len(data)))) == whole
    for cut in range(len(data)):
        assert decode(realm, data, label, "{ ignoreBOM: true }", (cut,)) == whole


@REALM_IS_SHARED
@given(data=TRICKY, label=st.sampled_from(sorted(CODECS)))
def test_fatal_throws_for_exactly_what_is_malformed(realm: Any, data: bytes, label: str) -> None:
    script = f"""(() => {{
      try {{ new TextDecoder('{label}', {{ fatal: true }}).decode({array(data)}); return '' }}
      catch (error) {{ return error.name }}
    }})()"""
    try:
        data.decode(CODECS[label])
        expected = ""
    except UnicodeDecodeError:
        expected = "TypeError"
    assert realm.eval(script) == expected


def test_incomplete_characters_are_held_back(realm: Any) -> None:
    script = """(() => {
      const decoder = new TextDecoder(), steps = [];
      const feed = (...bytes) => {
        steps.push(decoder.decode(Uint8Array.from(bytes), { stream: true }));
      };
      feed(0xf0); feed(0x9f); feed(0x98); feed(0x80); feed(0xe2, 0x82);
      steps.push(decoder.decode(), decoder.decode(Uint8Array.of(0xac)));
      return steps;
    })()"""
    assert realm.eval(script) == ["", "", "", "😀", "", "\ufffd", "\ufffd"]


def test_what_cannot_be_completed_is_not_held_back(realm: Any) -> None:
    # An overlong form, a surrogate, and something above U+10FFFF: the second byte is already wrong.
    for start in ("0xe0, 0x80", "0xed, 0xa0", "0xf0, 0x80", "0xf4, 0x90", "0xc1", "0xf5"):
        text = realm.eval(f"new TextDecoder().decode(Uint8Array.of({start}), {{ stream: true }})")
        assert text == "\ufffd" * len(start.split(",")), start


@pytest.mark.parametrize(
    ("label", "bom"),
    [("utf-8", b"\xef\xbb\xbf"), ("utf-16le", b"\xff\xfe"), ("utf-16be", b"\xfe\xff")],
)
def test_one_byte_order_mark_at_the_start_is_dropped(realm: Any, label: str, bom: bytes) -> None:
    data = bom + bom + "a".encode(CODECS[label])
    for cuts in ((), (1,), (2,), tuple(range(1, len(data)))):
        assert decode(realm, data, label, cuts=cuts) == "\ufeffa"
        assert decode(realm, data, label, "{ ignoreBOM: true }", cuts) == "\ufeff\ufeffa"


def test_the_mark_is_looked_for_again_after_a_flush(realm: Any) -> None:
    script = """(() => {
      const decoder = new TextDecoder(), marked = Uint8Array.of(0xef, 0xbb, 0xbf, 0x61);
      const stream = [false, true, false, false];
      return stream.map((stream) => decoder.decode(marked, { stream }));
    })()"""
    assert realm.eval(script) == ["a", "a", "\ufeffa", "a"]


def test_a_decoder_recovers_from_an_error(realm: Any) -> None:
    script = """(() => {
      const decoder = new TextDecoder('utf-8', { fatal: true });
      try { decoder.decode(Uint8Array.of(0xff)) } catch {}
      return decoder.decode(Uint8Array.of(0x61));
    })()"""
    assert realm.eval(script) == "a"


@pytest.mark.parametrize(
    "source",
    [
        "Uint8Array.of(97, 98).buffer",
        "new Uint8Array([0, 97, 98, 0]).subarray(1, 3)",
        "new DataView(Uint8Array.of(0, 97, 98).buffer, 1)",
        "Uint16Array.of(0x6261)",
        "Object.assign(new Uint8Array(new SharedArrayBuffer(2)), [97, 98]).buffer",
        "Object.defineProperty(Uint8Array.of(97, 98), 'length', { value: 0 })",
    ],
)
def test_any_buffer_or_view_is_decoded(realm: Any, source: str) -> None:
    assert realm.eval(f"new TextDecoder().decode({source})") == "ab"


def test_a_detached_buffer_is_empty(realm: Any) -> None:
    script = """(() => {
      const buffer = new ArrayBuffer(2);
      const views = [buffer, new Uint8Array(buffer), new DataView(buffer), new Int8Array(buffer)];
      buffer.transfer();
      return views.map((view) => new TextDecoder().decode(view));
    })()"""
    assert realm.eval(script) == [""] * 4


def test_nothing_is_encoded_into_a_detached_buffer(realm: Any) -> None:
    script = """(() => {
      const view = new Uint8Array(2);
      view.buffer.transfer();
      return ['', 'a'].map((text) => new TextEncoder().encodeInto(text, view));
    })()"""
    assert realm.eval(script) == [{"read": 0, "written": 0}] * 2


def test_options_are_read_after_the_input_is_checked(realm: Any) -> None:
    for wrong in ("'text'", "[97]", "null", "{}"):
        script = f"try {{ new TextDecoder().decode({wrong}); '' }} catch (error) {{ error.name }}"
        assert realm.eval(script) == "TypeError", wrong
    assert realm.eval(
        "try { new TextDecoder().decode(new Uint8Array(), 1); '' } catch (error) { error.name }"
    ) == ("TypeError")


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("utf8", "utf-8"),
        ("  UTF-8\\n", "utf-8"),
        ("unicode-1-1-utf-8", "utf-8"),
        ("utf-16", "utf-16le"),
        ("ucs-2", "utf-16le"),
        ("UTF-16BE", "utf-16be"),
    ],
)
def test_labels_name_encodings(realm: Any, label: str, name: str) -> None:
    assert realm.eval(f"new TextDecoder('{label}').encoding") == name


@pytest.mark.parametrize(
    "label", ["", "utf-9", "\\0utf-8", "utf-8\\u00a0", "iso-2022-kr", "replacement", "\\u212aoi8-r"]
)
def test_unknown_labels_are_range_errors(realm: Any, label: str) -> None:
    assert (
        realm.eval(f"try {{ new TextDecoder('{label}'); '' }} catch (error) {{ error.name }}")
        == "RangeError"
    )


@pytest.mark.parametrize(
    ("label", "name", "data", "expected"),
    [
        ("latin1", "windows-1252", b"caf\xe9 \x80", "café €"),
        ("sjis", "shift_jis", "日本語 ｶﾅ".encode("cp932"), "日本語 ｶﾅ"),
        ("gb2312", "gbk", "简体".encode("gbk"), "简体"),
        ("korean", "euc-kr", "한국어".encode("cp949"), "한국어"),
        ("big5-hkscs", "big5", "繁體".encode("big5"), "繁體"),
        ("euc-jp", "euc-jp", "日本語".encode("euc-jp"), "日本語"),
        ("csiso2022jp", "iso-2022-jp", "日本語 a".encode("iso-2022-jp"), "日本語 a"),
        ("gb18030", "gb18030", "😀é".encode("gb18030"), "😀é"),
        ("x-user-defined", "x-user-defined", b"a\xff", "a\uf7ff"),
    ],
)
def test_legacy_encodings_decode_whole_and_in_chunks(
    realm: Any, label: str, name: str, data: bytes, expected: str
) -> None:
    assert realm.eval(f"new TextDecoder('{label}').encoding") == name
    assert decode(realm, data, label) == expected
    assert decode(realm, data, label, "{ fatal: true }", tuple(range(1, len(data)))) == expected


def test_a_legacy_decoder_begins_anew_after_the_last_chunk(realm: Any) -> None:
    script = """(() => {
      const decoder = new TextDecoder('iso-2022-jp');
      const jis = new Uint8Array([0x1b, 0x24, 0x42, 0x30]);

      return [decoder.decode(jis, { stream: true }), decoder.decode(new Uint8Array([0x21]), { stream: true }),
        decoder.decode(new Uint8Array([0x30, 0x21])), decoder.decode(new Uint8Array([0x30, 0x21]))];
    })()"""
    assert realm.eval(script) == ["", "亜", "亜", "0!"]


def test_a_legacy_decoder_has_no_byte_order_mark(realm: Any) -> None:
    assert decode(realm, "\ufeffa".encode("gb18030"), "gb18030") == "\ufeffa"


def test_fatal_legacy_decoders_throw(realm: Any) -> None:
    call = "new TextDecoder('big5', { fatal: true }).decode(new Uint8Array([0x81, 0x20]))"
    assert realm.eval(f"try {{ {call} }} catch (error) {{ String(error) }}") == (
        "TypeError: TextDecoder: the input is not valid big5"
    )


# Streams


def pipe(source: str, through: str) -> str:
    return f"""(async () => {{
      const readable = ReadableStream.from({source}).pipeThrough(new {through});
      const seen = [];

      for await (const chunk of readable) seen.push(typeof chunk === 'string' ? chunk : [...chunk].join(' '));

      return seen;
    }})()"""


def test_a_decoder_stream_joins_characters_that_chunks_cut(realm: Any) -> None:
    chunks = "[new Uint8Array([0xef, 0xbb, 0xbf, 0xe2]), new Uint8Array([0x82]), new Uint8Array([0xac, 0x41, 0xe2])]"
    assert realm.settle(pipe(chunks, "TextDecoderStream()")) == ["€A", "\ufffd"]
    assert realm.settle(
        pipe("[new Uint8Array([0x81]), new Uint8Array([0x40])]", "TextDecoderStream('gbk')")
    ) == ["丂"]


def test_an_encoder_stream_joins_surrogates_that_chunks_cut(realm: Any) -> None:
    chunks = "['a\\ud83d', '', '\\ude00', '\\ud83d', 'b', 1, '\\ud83d']"
    assert realm.settle(pipe(chunks, "TextEncoderStream()")) == [
        "97",
        "240 159 152 128",
        "239 191 189 98",
        "49",
        "239 191 189",
    ]


@pytest.mark.parametrize(
    ("chunks", "through"),
    [
        ("['text']", "TextDecoderStream()"),
        ("[new Uint8Array([0xff])]", "TextDecoderStream('utf-8', { fatal: true })"),
        ("[new Uint8Array([0xe2])]", "TextDecoderStream('utf-8', { fatal: true })"),
        ("[Symbol()]", "TextEncoderStream()"),
    ],
)
def test_a_chunk_that_cannot_be_converted_fails_the_stream(
    realm: Any, chunks: str, through: str
) -> None:
    assert realm.settle(f"{pipe(chunks, through)}.catch((error) => error.name)") == "TypeError"


def test_a_decoder_stream_does_not_need_the_decoders_members(realm: Any) -> None:
    realm.eval("delete TextDecoder.prototype.decode; delete TextDecoder.prototype.encoding; 0")
    assert realm.settle(pipe("[new Uint8Array([65])]", "TextDecoderStream()")) == ["A"]
    assert realm.eval("new TextDecoderStream('latin1', { fatal: 1 }).encoding") == "windows-1252"


def test_interfaces_have_their_shape(realm: Any) -> None:
    assert realm.eval(
        "[TextEncoder, TextDecoder].map((Class) => Object.keys(Class.prototype))"
    ) == [
        ["encoding", "encode", "encodeInto"],
        ["encoding", "fatal", "ignoreBOM", "decode"],
    ]
    assert realm.eval(
        "[TextEncoder.length, TextDecoder.length, TextEncoder.prototype.encode.length, "
        "TextEncoder.prototype.encodeInto.length, TextDecoder.prototype.decode.length]"
    ) == [0, 0, 0, 2, 0]
    for member in (
        "TextEncoder.prototype.encoding",
        "TextDecoder.prototype.fatal",
        "TextEncoder.prototype.encode.call({})",
    ):
        assert (
            realm.eval(f"try {{ {member}; '' }} catch (error) {{ error.name }}") == "TypeError"
        ), member


def test_patched_built_ins_do_not_change_what_is_encoded(realm: Any) -> None:
    script = """
      globalThis.atob = globalThis.btoa = globalThis.escape = globalThis.unescape = () => 'patched';
      globalThis.encodeURI = globalThis.decodeURIComponent = () => 'patched';
      Uint8Array.fromBase64 = Uint8Array.prototype.toBase64 = () => 'patched';
      String.prototype.slice = String.prototype.concat = () => 'patched';
      String.prototype.toWellFormed = () => 'patched';
      const bytes = new TextEncoder().encode('h\\u00e9llo');
      new TextDecoder().decode(bytes) + bytes.length;
    """
    assert realm.eval(script) == "héllo6"
