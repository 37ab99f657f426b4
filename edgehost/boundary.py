"""What the realm may call, and with which arguments: one row for each op and query.

The host does not trust the realm. Whatever JavaScript calls an op or a query with, `engine/admission.py`
holds it against its row before anything reads it. An `ID` may be any number: it is looked up, and what
is not found is not there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import inf
from typing import Literal

Box = Literal["", "bytes", "text", "utf8", "object", "list"]


@dataclass(frozen=True, slots=True)
class Kind:
    """What one argument may be.

    plain: the types of what crosses by itself.
    boxes: what an object of the realm may stand for: "bytes" in a buffer, "text" in an array, text that
        is wanted as UTF-8 ("utf8"), any "object", or a "list", which is an array to be filled.
    low, high: the range of a number.
    forbidden: what must not be found in a text.
    choices: what a text may be, where that is one of a few.
    """

    plain: tuple[type, ...] = ()
    boxes: tuple[Box, ...] = ()
    low: float = -inf
    high: float = inf
    forbidden: re.Pattern[str] | None = None
    choices: frozenset[str] | None = None

    def refuses(self, value: object) -> bool:
        """Whether a value of the right type is not what it has to be."""
        if isinstance(value, str):
            if self.choices is not None:
                return value not in self.choices
            return self.forbidden is not None and self.forbidden.search(value) is not None
        return isinstance(value, (int, float)) and not self.low <= value <= self.high

    @property
    def refuses_some(self) -> bool:
        """Whether a value has to be looked at, and not its type alone."""
        return (self.low, self.high, self.forbidden, self.choices) != (-inf, inf, None, None)


@dataclass(frozen=True, slots=True)
class Signature:
    """kinds: of the arguments in their order. required: how many of them must be there.

    Where `repeats` is set, the last kind may come any number of times.
    """

    kinds: tuple[Kind, ...]
    required: int
    repeats: bool = False


def _takes(*kinds: Kind, optional: int = 0) -> Signature:
    return Signature(kinds, len(kinds) - optional)


NUMBER = (int, float)
NOTHING = type(None)

LONE_SURROGATE = re.compile("[\ud800-\udfff]")
NOT_A_BYTE = re.compile("[^\0-\xff]")

ID = Kind(NUMBER)
FLAG = Kind((bool,))
TEXT = Kind((str,), ("text",))
# What comes without a box has no lone surrogates: the binding could not convert them.
UNICODE = Kind((str,), ("text",), forbidden=LONE_SURROGATE)
BYTE_TEXT = Kind((str,), ("text",), forbidden=NOT_A_BYTE)
ENCODED = Kind(
    (str,), ("text", "utf8"), forbidden=LONE_SURROGATE
)  # text, or its UTF-8 where it is long
BYTES = Kind(boxes=("bytes",))
BODY = Kind((str, NOTHING), ("utf8", "bytes"))
PLACE = Kind(NUMBER)  # in the outbox, or a length there: `Isolate.posted` looks at it
DELAY = Kind(NUMBER, low=0, high=2**53)  # milliseconds
SECONDS = Kind(NUMBER, low=0, high=2**53)
STATUS = Kind((int,), low=200, high=999)
CLOSE_CODE = Kind((int, NOTHING), low=1000, high=4999)
COUNT = Kind((int,), low=0, high=2**31)
RANDOM = Kind((int,), low=0, high=65536)  # bytes: the most that getRandomValues gives
STEP = Kind((int,), low=-1, high=1)
STATE = Kind((int,), low=0, high=7)  # of a decoder
UTF = Kind((str,), choices=frozenset(("utf-8", "utf-16le", "utf-16be")))
URL_PART = Kind(
    (str,),
    choices=frozenset(
        [
            "protocol",
            "username",
            "password",
            "host",
            "hostname",
            "port",
            "pathname",
            "search",
            "hash",
        ]
    ),
)
HASH = Kind((str,), choices=frozenset(("SHA-1", "SHA-256", "SHA-384", "SHA-512")))
OBJECT = Kind(boxes=("object",))
LIST = Kind(boxes=("list",))

_ERROR = (TEXT, TEXT, TEXT, TEXT)  # name, message, stack, and all of it as the console shows it

OPS: dict[str, Signature] = {
    # console
    "log": _takes(TEXT, TEXT, ID, optional=1),
    "uncaught": _takes(TEXT, *_ERROR, ID, optional=1),
    # invocations
    "invocationExtended": _takes(ID),
    "invocationDone": _takes(ID),
    "invocationAnswered": _takes(ID),
    # loading
    "loaded": _takes(),
    "loadFailed": _takes(*_ERROR),
    # requests and responses
    # Reason and headers are looked at where they become a head (`server/response.py`), once for many responses.
    "respond": _takes(ID, TEXT, BODY, STATUS, TEXT, optional=2),
    "respondStart": _takes(ID, STATUS, TEXT, TEXT),
    "respondFrom": _takes(ID, STATUS, TEXT, TEXT, ID),
    "respondChunk": _takes(ID, BYTES),
    "respondPosted": _takes(ID, PLACE, PLACE),
    "respondFlush": _takes(ID),
    "respondEnd": _takes(ID),
    "respondFailed": _takes(ID, *_ERROR),
    "readBody": _takes(ID, FLAG),
    "pullBody": _takes(ID),
    "cancelBody": _takes(ID),
    # requests of the function
    "fetch": _takes(ID, ID, BYTE_TEXT, UNICODE, BYTE_TEXT, BODY, FLAG, ID),
    "fetchChunk": _takes(ID, BYTES),
    "fetchPosted": _takes(ID, PLACE, PLACE),
    "fetchFlush": _takes(ID),
    "fetchEnd": _takes(ID),
    "fetchAbort": _takes(ID),
    # sockets
    "socketAccept": _takes(ID, ID, TEXT, SECONDS),
    "socketConnect": _takes(ID, ID, UNICODE, BYTE_TEXT, BYTE_TEXT),
    "socketText": _takes(ID, UNICODE),
    "socketBytes": _takes(ID, BYTES),
    "socketPosted": _takes(ID, PLACE, PLACE),
    "socketClose": _takes(ID, CLOSE_CODE, UNICODE),
    # timers and tasks
    "setTimer": _takes(ID, DELAY, FLAG),
    "clearTimer": _takes(ID),
    "queueTask": _takes(),
    "expectTasks": _takes(STEP),
}

QUERIES: dict[str, Signature] = {
    # of the isolate itself
    "failure": _takes(),
    "evaluate": _takes(TEXT),
    "turnPage": _takes(),
    "originalStack": _takes(TEXT),
    "linkPlace": _takes(TEXT),
    "clearMessage": _takes(TEXT, TEXT),
    "resolvePackage": _takes(UNICODE, UNICODE),
    "classOf": _takes(OBJECT),
    "lookInto": _takes(OBJECT, LIST),
    # of bindings
    "consoleColors": _takes(),
    "consoleLimit": _takes(),
    "bodyNow": _takes(ID, FLAG),
    "socketKey": _takes(BYTE_TEXT),
    "socketBuffered": _takes(ID),
    "randomBytes": _takes(RANDOM),
    "randomUUID": _takes(),
    "digest": _takes(BYTES, HASH),
    "hmac": _takes(BYTES, BYTES, HASH),
    "hmacMatches": _takes(BYTES, BYTES, BYTES, HASH),
    "encodingName": _takes(TEXT),
    "decodeText": _takes(BYTES, UTF, FLAG),
    "decodeLegacy": _takes(BYTES, TEXT, FLAG, FLAG, STATE),
    "encodeUtf8": _takes(ENCODED),
    "findText": _takes(TEXT, TEXT, COUNT, FLAG),
    "findAllText": _takes(TEXT, TEXT),
    "matchesIntegrity": _takes(BYTES, TEXT),
    "multipartParts": _takes(BYTES, BYTE_TEXT, COUNT),
    "parseUrl": _takes(UNICODE, UNICODE, optional=1),
    "canParseUrl": _takes(UNICODE, UNICODE, optional=1),
    "setUrlPart": _takes(UNICODE, URL_PART, UNICODE),
    "percentDecode": _takes(UNICODE),
}
