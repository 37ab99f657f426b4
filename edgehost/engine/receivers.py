"""What members of the runtime's classes say of a wrong receiver: their name, and what `this` has to be.

The engine says "not an object", or names a private field, where a member is called on something else, as
happens to a method that was taken off its object. A check in each member would cost on every call. A `try`
costs nothing until something is thrown: it is put around each body when the runtime is compiled. Lines stay
where they are.
"""

from __future__ import annotations

import re

_DEFINED = re.compile(rb"\bdefineInterface\((\w+)")
_CLASS = re.compile(
    rb"^(?:export )?class (?P<name>\w+)(?: extends \w+)? \{\n(?P<body>.*?)^\}$",
    re.MULTILINE | re.DOTALL,
)
_FIELD = re.compile(rb"^  (#\w+)(?: = [^\n]*)?;", re.MULTILINE)
_MEMBER = re.compile(
    rb"^  (?!static |constructor\()"
    rb"(?P<head>(?:async |get |set )?(?P<name>\w+)\((?:[^\n]*|\n(?:    [^\n]*\n)+  )\) \{)"
    rb"(?P<body>[^\n]*\n.*?)^  \}$",
    re.MULTILINE | re.DOTALL,
)

# Within the class, since only there can be asked whether something is one of its objects.
_EXPLAIN = (
    b" static #explain(error, object, member) {"
    b" return typeof object === 'object' && object !== null && %(field)s in object ? error"
    b" : receiverError('%(name)s', member); }\n"
)
_WRAPPED = b"  %(head)s try {%(body)s  } catch ($error) { throw %(class)s.#explain($error, this, '%(name)s'); } }"
_IMPORT = b"\nimport { receiverError } from '%swebidl/receiver.js';\n"


def explained(name: str, source: bytes) -> bytes:
    """The source of a runtime module, whose errors of a wrong receiver name member and class."""
    interfaces = set(_DEFINED.findall(source))
    changed = _CLASS.sub(lambda found: _explain(found, interfaces), source)
    return source if changed == source else changed + _IMPORT % (name.count("/") * b"../")


def _explain(found: re.Match[bytes], interfaces: set[bytes]) -> bytes:
    name, body = found["name"], found["body"]
    field = _FIELD.search(body)
    if name not in interfaces or field is None:
        return found[0]
    head = found[0][: found.start("body") - found.start() - 1]
    members = _MEMBER.sub(lambda member: _WRAPPED % _parts(member, name), body)
    return head + _EXPLAIN % {b"field": field[1], b"name": name} + members + b"}"


def _parts(member: re.Match[bytes], name: bytes) -> dict[bytes, bytes]:
    return {b"class": name} | {key.encode(): value for key, value in member.groupdict().items()}
