"""aiohttp's parser, fed in pieces that end where a head or a body ends.

At the end of a piece of data the parser says which requests were in it: none of them, when it refuses something
behind them, and nothing of what stands behind an upgrade that it does not do. So no piece goes past such an end.
A method that it may not know it is not shown: it reads another, and the right one is put in its place afterwards.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from aiohttp.hdrs import CONTENT_LENGTH
from aiohttp.http_exceptions import BadHttpMessage
from aiohttp.streams import EMPTY_PAYLOAD

if TYPE_CHECKING:
    from aiohttp.base_protocol import BaseProtocol
    from aiohttp.http import RawRequestMessage
    from aiohttp.http_parser import HttpRequestParser
    from aiohttp.streams import StreamReader

    Request = tuple[RawRequestMessage, StreamReader]

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT")
_STAND_IN = b"POST"
_KNOWN_STARTS = tuple(f"{method} ".encode() for method in _METHODS)
_METHOD = re.compile(rb"[\r\n]*([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}) ")
_CUT_METHOD = re.compile(rb"[\r\n]*[!#$%&'*+\-.^_`|~0-9A-Za-z]{0,100}")
# Bytes of a body in chunks that are parsed in one go, and seconds after which others have their turn.
_SLICE, _SECONDS = 8 * 1024, 0.002
_HEAD_END = b"\r\n\r\n"  # also how a body in chunks ends, with and without trailers
_SOCKET = re.compile(r"(?:^|,)[ \t]*websocket[ \t]*(?:,|$)", re.IGNORECASE)


class RequestReader:
    """Of one connection."""

    __slots__ = (
        "_body",
        "_connection",
        "_fed",
        "_is_stalled",
        "_left_over",
        "_length",
        "_method",
        "_parser",
        "_start",
        "error",
        "is_put_off",
        "is_upgraded",
        "tail",
    )

    def __init__(self, connection: BaseProtocol, parser: HttpRequestParser) -> None:
        """connection: the parser's protocol; its `_reading_paused` says that no more of a body is wanted."""
        self.error: Exception | None = None  # what is wrong behind the last request that was given
        self.is_upgraded = (
            False  # the last one offers a socket, or a tunnel: HTTP is over if that is taken
        )
        self.tail = b""  # what stands behind such a request
        self.is_put_off = False  # what is left over waits for others to have their turn
        self._connection = connection
        self._parser = parser
        self._left_over = b""  # is fed when there is room
        self._is_stalled = False  # the parser keeps a part of a body
        # Of a head, until its method is known; None: within a message.
        self._start: bytes | None = b""
        self._method: str | None = None  # of that head, where the parser reads another one
        self._fed = b""  # the last three bytes of a message, which may be the beginning of its end
        self._body: StreamReader | None = None  # that is arriving
        self._length = -1  # of it; -1: it comes in chunks

    def feed(self, data: bytes, room: int) -> Sequence[Request]:
        """The requests whose heads are in the data, or were in what was left over.

        room: how many are wanted at most. What stands behind them is left over for the next call.
        """
        if (  # a whole head and nothing else, as nearly always
            self._start == b""
            and not self._left_over
            and room
            and data.find(_HEAD_END) + len(_HEAD_END) == len(data)
            and data.startswith(_KNOWN_STARTS)
        ):
            self._start = None
            try:
                requests, self.is_upgraded, _ = self._parser.feed_data(data)
                ((message, payload),) = requests
                if (
                    payload is not EMPTY_PAYLOAD
                    or message.upgrade
                    or CONTENT_LENGTH in message.headers
                ):
                    self._look_at(message, payload)
                if payload is EMPTY_PAYLOAD:
                    self._start = b""
                return requests
            except Exception as error:
                self.error = error
                return ()
        given: list[Request] = []
        rest, self._left_over = self._left_over + data, b""
        self.is_put_off = False
        began = 0.0
        try:
            if self._is_stalled:
                self._feed(b"", given)
            while rest and not self.is_upgraded:
                if self._is_stalled or len(given) >= room:
                    self._left_over = rest
                    return given
                end = self._end_of_piece(rest)
                piece, rest = rest[:end], rest[end:]
                self._feed(piece, given)
                if rest and self._body is not None and not self._is_stalled:
                    began = began or time.monotonic()
                    if time.monotonic() - began > _SECONDS:
                        self._left_over, self.is_put_off = rest, True
                        return given
        except Exception as error:  # of any class: a strange target fails in the URL library
            self.error = error
        self.tail += rest
        return given

    def decline(self) -> bytes:
        """HTTP goes on behind the request that was given last. Returns what has arrived of it."""
        self._parser.set_upgraded(False)
        self.is_upgraded = False
        tail, self.tail = self.tail, b""
        return tail

    def _end_of_piece(self, rest: bytes) -> int:
        if self._length >= 0 and self._body is not None:
            return self._length - self._body.total_bytes
        seen = self._fed + (rest if self._body is None else rest[:_SLICE])
        at = seen.find(_HEAD_END)
        return (len(seen) if at < 0 else at + len(_HEAD_END)) - len(self._fed)

    def _feed(self, piece: bytes, given: list[Request]) -> None:
        if self._start is None or (piece := self._begin(self._start + piece)):
            self._parse(piece, given)

    def _parse(self, piece: bytes, given: list[Request]) -> None:
        requests, self.is_upgraded, _ = self._parser.feed_data(piece)
        for message, payload in requests:
            if self._method is not None:
                message, self._method = message._replace(method=self._method), None
            if payload is not EMPTY_PAYLOAD or message.upgrade or CONTENT_LENGTH in message.headers:
                self._look_at(message, payload)
            given.append((message, payload))
        body = self._body
        if body is not None:
            self._is_stalled = self._connection._reading_paused
        if body.is_eof() if body is not None else requests:
            self._body, self._start, self._fed = None, b"", b""
        elif body is None or self._length < 0:
            self._fed = (self._fed + piece[1 - len(_HEAD_END) :])[1 - len(_HEAD_END) :]

    def _look_at(self, message: RawRequestMessage, payload: StreamReader) -> None:
        """At what is not over with its head."""
        self._length = _length_of(message)
        if payload is not EMPTY_PAYLOAD:
            self._body = payload
        elif self._length > 0:  # the largest of all, which the parser takes for none
            raise BadHttpMessage("its Content-Length is too large")
        elif message.upgrade and _offers_socket(message):
            self.is_upgraded = True

    def _begin(self, piece: bytes) -> bytes:
        """The beginning of a head as the parser is to read it; empty while it is not known how."""
        if piece.startswith(_KNOWN_STARTS):
            self._start = None
            return piece
        method = _METHOD.match(piece)
        if method is None and _CUT_METHOD.fullmatch(piece):
            self._start = piece
            return b""
        self._start = None
        if method is None or (name := method[1].decode()) in _METHODS:
            return piece
        self._method = name
        return piece[: method.start(1)] + _STAND_IN + piece[method.end(1) :]


def _length_of(message: RawRequestMessage) -> int:
    """Of the body; -1 where it is not said."""
    length = message.headers.get(CONTENT_LENGTH)
    # Without the zeros, of which Python reads so many only. The parser has seen to the rest.
    return -1 if message.chunked or length is None else int(length.lstrip("0") or "0")


def _offers_socket(message: RawRequestMessage) -> bool:
    """Whether it does, beside other things: the parser knows the offer of a socket alone."""
    offers = ",".join(message.headers.getall("Upgrade"))
    return message.method == "GET" and _SOCKET.search(offers) is not None
