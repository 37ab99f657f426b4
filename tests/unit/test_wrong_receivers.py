"""What is put around the members of the runtime's classes when it is compiled."""

from __future__ import annotations

from edgehost.engine import runtime_files
from edgehost.engine.receivers import explained

SOURCE = b"""import { defineInterface } from '../webidl/webidl.js';

class Box extends Base {
  #inside = 1;

  static {
    open = (box) => box.#inside;
  }

  constructor(inside) {
    super();
    this.#inside = inside;
  }

  static of(inside) {
    return new Box(inside);
  }

  get inside() { // a note
    return this.#inside;
  }

  #secret() {
    return this.#inside;
  }

  async wait(
    time = 1,
  ) {
    return this.#secret();
  }
}

class Other {
  #inside;

  get inside() {
    return this.#inside;
  }
}

defineInterface(Box);
"""


def test_members_of_interfaces_are_wrapped_and_no_line_moves() -> None:
    lines = explained("edgehost:room/box.js", SOURCE).split(b"\n")
    before = SOURCE.split(b"\n")
    changed = [i for i, line in enumerate(before) if lines[i] != line]
    assert [before[i].strip() for i in changed] == [
        b"class Box extends Base {",
        b"get inside() { // a note",
        b"}",
        b") {",
        b"}",
    ]
    assert lines[changed[1]] == b"  get inside() { try { // a note"
    assert (
        lines[changed[2]] == b"  } catch ($error) { throw Box.#explain($error, this, 'inside'); } }"
    )
    assert lines[len(before) :] == [
        b"import { receiverError } from '../webidl/receiver.js';",
        b"",
    ]


def test_a_file_without_interfaces_stays_as_it_is() -> None:
    source = SOURCE.replace(b"defineInterface(Box);", b"")
    assert explained("edgehost:room/box.js", source) == source


def test_the_runtimes_interfaces_are_found_as_they_are_written() -> None:
    """A class in another style would lose its messages without a word."""
    for name in runtime_files.names() - {"webidl/interface.js"}:
        source = runtime_files.read(f"edgehost:{name}")
        for interface in source.split(b"defineInterface(")[1:]:
            class_name = interface.split(b")")[0].split(b",")[0]
            wrapped = explained(f"edgehost:{name}", source)
            assert (
                class_name + b".#explain(" in wrapped
                or b"class " + class_name + b" extends" in wrapped
            )
