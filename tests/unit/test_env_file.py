"""Variables from a file: as the npm package dotenv reads it, but a wrong line is an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgehost.cli.env_file import parse_env, read_env_file
from edgehost.errors import ConfigError


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("K=value", "value"),
        ("K=", ""),
        ("K=''", ""),
        ("K = spaced out ", "spaced out"),
        ("  K=indented", "indented"),
        ("K\t=\ttabs\t", "tabs"),
        ("export K=exported", "exported"),
        ("export\tK=exported", "exported"),
        ("K: yaml", "yaml"),
        ("K=a=b=c", "a=b=c"),
        ("K=https://host:1/?a=b&c", "https://host:1/?a=b&c"),
        ('K={"a": "b"}', '{"a": "b"}'),
        ("K=it's", "it's"),
        ('K=in "the" middle', 'in "the" middle'),
        ("K=value # comment", "value"),
        ("K=value#comment", "value"),
        ("K=# comment", ""),
        ("K='value # none'", "value # none"),
        ('K="value # none" # comment', "value # none"),
        ("K=`'\"`", "'\""),
        ("K='  kept  '", "  kept  "),
        (r'K="a\nb\rc"', "a\nb\rc"),
        (r"K='a\nb'", r"a\nb"),
        (r"K=a\nb", r"a\nb"),
        (r'K="\t\\n"', "\\t\\\n"),
        (r'K="say \"hi\""', r"say \"hi\""),
        ('K="two\nlines"', "two\nlines"),
        ("K='two\nlines'", "two\nlines"),
        ("K=$OTHER", "$OTHER"),
        ('K="a" b', '"a" b'),
        ('K="unended', '"unended'),
        ("K=ünïcode ☃", "ünïcode ☃"),
        ("K=first\nK=second", "second"),
        # Quotes that do not pair up
        ('K="{"a":"b"}"', '{"a":"b"}'),
        ('K="{"a":"b"}" # comment', '{"a":"b"}'),
        ('K="{"a":"#b"}"', '{"a":'),
        ("K='it's'", "it's"),
        ("K=`a`b`", "a`b"),
        ('K="1: foo\'bar"baz`qux"', "1: foo'bar\"baz`qux"),
        (r'K="not closed\nline', '"not closed\nline'),
        (r'K="a"b\nc"', 'a"b\nc'),
        (r"K='not closed\nline", r"'not closed\nline"),
        (r"K=`not closed\nline", r"`not closed\nline"),
        ("K=\"other end'", "\"other end'"),
        (r'K="a\"', "a\\"),
        ('K="', '"'),
        # Blanks are ECMAScript's
        ("K=\u00a0 value \u00a0\ufeff", "value"),
        ("\u00a0K\u00a0=\u00a0'value'\u00a0", "value"),
        ("\ufeff\ufeffK=value", "value"),
        ("K='\u00a0kept\u00a0'", "\u00a0kept\u00a0"),
        ("K=\u3000a\u3000b\u3000", "a\u3000b"),
        ("K=\x1fkept\x85", "\x1fkept\x85"),
    ],
)
def test_a_value_is_read_as_dotenv_reads_it(line: str, value: str) -> None:
    assert parse_env(line, ".env") == {"K": value}


def test_names_may_hold_dots_and_hyphens() -> None:
    assert parse_env("a.b-c_1=x", ".env") == {"a.b-c_1": "x"}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_blank_lines_and_comments_are_skipped_whatever_ends_a_line(end: str) -> None:
    text = end.join(["# a comment", "", "A=1", "   ", "  # B=2", "C=3", ""])
    assert parse_env(text, ".env") == {"A": "1", "C": "3"}


@pytest.mark.parametrize("text", ["", "\n", "# only a comment", "   "])
def test_a_file_may_hold_nothing(text: str) -> None:
    assert parse_env(text, ".env") == {}


@pytest.mark.parametrize(
    "line", ["K", "=value", "two words=1", "K value", "ä=1", "export K", '"K"=1']
)
def test_a_line_that_is_no_variable_is_named(line: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_env(f"A='two\nlines'\n\n{line}\nB=1", "dir/.env")
    assert str(error.value) == f"dir/.env:4: '{line}' is not of the form K=V"


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"\xef\xbb\xbfK=v\n")
    assert read_env_file(file) == {"K": "v"}


def test_a_file_that_cannot_be_read_is_a_config_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none: No such file or directory"):
        read_env_file(tmp_path / "none")
    with pytest.raises(ConfigError, match="Is a directory"):
        read_env_file(tmp_path)
    binary = tmp_path / "binary"
    binary.write_bytes(b"K=\xff")
    with pytest.raises(ConfigError, match=r"binary is not UTF-8 text \(byte 2\)"):
        read_env_file(binary)
