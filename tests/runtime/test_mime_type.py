"""MIME types, as the type of a Blob that is made of a body."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any


def type_of(realm: Any, *values: str) -> Any:
    headers = json.dumps([["content-type", value] for value in values])
    return realm.settle(f"(await new Response('', {{ headers: {headers} }}).blob()).type")


def is_header_value(text: str) -> bool:
    return (
        text.strip("\t\n\r ") == text
        and not set(text) & {"\0", "\r", "\n"}
        and max(text, default="") < "\u0100"
    )


def test_the_public_data_of_mime_types(realm: Any, vectors: Callable[[str], str]) -> None:
    cases = json.loads(vectors("mime-types.json"))
    for case in cases:
        # A comma would divide the value of the header.
        if (
            not isinstance(case, str)
            and is_header_value(case["input"])
            and "," not in case["input"]
        ):
            assert type_of(realm, case["input"]) == (case["output"] or ""), case["input"]


def test_the_public_data_of_headers_with_several_types(
    realm: Any, vectors: Callable[[str], str]
) -> None:
    for case in json.loads(vectors("content-types.json")):
        assert type_of(realm, *case["contentType"]) == (case["mimeType"] or ""), case


def test_a_comma_in_a_quoted_string_divides_nothing(realm: Any) -> None:
    assert type_of(realm, 'a/b;c="d,e\\",f"') == 'a/b;c="d,e\\",f"'
