"""`${NAME}` in the values of an env file.

`${NAME:-text}` is the text where the variable is missing or empty, `${NAME-text}` where it is missing; the
text may hold more of these. What is missing without such a text is empty. `\\$` is a dollar sign, and
what is not of these forms stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_TOKEN = re.compile(r"\\\$|\$\{(?P<name>[A-Za-z_][\w.]*)(?P<operator>:?-|(?=\}))|\}", re.ASCII)


def expand(text: str, variables: Mapping[str, str]) -> str:
    """The text with the variables' values in their places, which are not looked at again."""
    parts: list[str] = []
    begun: list[tuple[re.Match[str], list[str]]] = []  # references, and what stands before each
    at = 0
    for token in _TOKEN.finditer(text):
        parts.append(text[at : token.start()])
        at = token.end()
        if token["name"]:
            begun.append((token, parts))
            parts = []
        elif token[0] == "}" and begun:
            reference, before = begun.pop()
            before.append(_value(reference, "".join(parts), variables))
            parts = before
        else:
            parts.append(token[0].removeprefix("\\"))
    parts.append(text[at:])
    unended = "".join("".join((*before, reference[0])) for reference, before in begun)
    return unended + "".join(parts)


def _value(reference: re.Match[str], default: str, variables: Mapping[str, str]) -> str:
    value = variables.get(reference["name"])
    if value is None or (reference["operator"] == ":-" and not value):
        return default
    return value
