"""Places in compiled text, found in the source by its map."""

from __future__ import annotations

import pytest

from edgehost.engine.modules.source_map import SourceMap

# Two lines that were made of the lines 3 and 4: every two columns of these became one.
MAP = SourceMap("AAEE,CAAE;AACJ,CAAE;")


@pytest.mark.parametrize(
    ("compiled", "source"),
    [
        ((1, 1), (3, 3)),
        ((1, 2), (3, 5)),
        ((1, 99), (3, 5)),  # the last segment of a line goes on to its end
        ((2, 1), (4, 1)),
        ((2, 2), (4, 3)),
        ((3, 1), (3, 1)),  # nothing is known of it
        ((99, 5), (99, 5)),
        ((0, 1), (0, 1)),
    ],
)
def test_a_place_has_its_source(compiled: tuple[int, int], source: tuple[int, int]) -> None:
    assert MAP.original(*compiled) == source


def test_text_before_the_first_segment_of_a_line_has_no_source() -> None:
    assert SourceMap("EAEE").original(1, 1) == (1, 1)
    assert SourceMap("EAEE").original(1, 3) == (3, 3)


def test_segments_without_a_source_are_passed_over() -> None:
    assert SourceMap("A,EAAE").original(1, 2) == (1, 2)
    assert SourceMap("A,EAAE").original(1, 4) == (1, 3)


def test_large_steps_take_several_digits() -> None:
    assert SourceMap("AAgB2rBAA").original(1, 1) == (17, 700)


def test_an_empty_map_changes_nothing() -> None:
    assert SourceMap("").original(1, 7) == (1, 7)
