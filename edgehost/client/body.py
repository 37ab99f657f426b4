"""The body of a response: what has arrived of it and nobody has taken yet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from edgehost.errors import PeerError

if TYPE_CHECKING:
    from edgehost.client.connection import ClientConnection
    from edgehost.client.decoding import Decoder

WINDOW = 256 * 1024  # bytes that wait here; then no more is read from the backend
PIECE = 256 * 1024  # bytes that are decoded at once


class ResponseBody:
    """It gives what the binding reads of an inbound request's body: see `Body` in bindings/http.py."""

    def __init__(self, connection: ClientConnection, length: int | None) -> None:
        """length: what the head says, where that is what arrives here."""
        self.decoder: Decoder | None = None
        self._connection: ClientConnection | None = connection  # while it has more
        self._length = length
        self._pieces: list[bytes] = []
        self.held = 0  # bytes of these
        self._is_whole = False
        self._problem = ""  # why it will never be
        self._waiter: asyncio.Future[None] | None = None
        self._arrived: Callable[[], None] | None = None

    def decode(self, codings: list[str]) -> None:
        """Content-Encoding, before anything has arrived."""
        from edgehost.client.decoding import decoder_of

        try:
            self.decoder = decoder_of(",".join(codings))
        except PeerError as error:
            self._problem = str(error)
        if self.decoder is not None:
            self._length = None

    # What the connection tells

    def feed(self, data: bytes) -> None:
        if self._problem:
            self._abort(self._problem)
        elif self.decoder is None:
            self._take(data)
        else:
            try:
                self._take(self.decoder.feed(data, PIECE))
                self._decode_on()
            except PeerError as error:
                self._abort(str(error))

    def _decode_on(self) -> None:
        assert self.decoder is not None
        while self.decoder.pending and self.held < WINDOW:
            self._take(self.decoder.feed(b"", PIECE))

    def _take(self, data: bytes) -> None:
        if not data:
            return
        self._pieces.append(data)
        self.held += len(data)
        self._wake()

    @property
    def is_full(self) -> bool:
        """Whether the connection is to read no more for now."""
        return self.held >= WINDOW or (self.decoder is not None and self.decoder.pending)

    def end(self) -> None:
        """All of it has arrived."""
        self._connection = None
        if self._problem:
            self._wake()
            self._call_back()
            return
        if self.decoder is not None and not self.decoder.pending:
            try:
                self.decoder.finish()
            except PeerError as error:
                self.fail(str(error))
                return
        self._is_whole = True
        self._wake()
        self._call_back()

    def fail(self, problem: str) -> None:
        """No more of it comes."""
        self._connection = None
        if not self._is_whole:
            self._problem = self._problem or problem
            self._wake()
            self._call_back()

    def _abort(self, problem: str) -> None:
        connection = self._connection
        self.fail(problem)
        if connection is not None:
            connection.abort()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _call_back(self) -> None:
        arrived, self._arrived = self._arrived, None
        if arrived is not None:
            arrived()

    # What the function reads

    def body_now(self) -> bytes | None:
        if not self._is_whole or (self.decoder is not None and self.decoder.pending):
            return None
        return self._release()

    def _release(self) -> bytes:
        pieces, self._pieces, self.held = self._pieces, [], 0
        self._resume()
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _resume(self) -> None:
        if self._connection is not None and not self.is_full:
            self._connection.resume_body()

    def begin_read(self) -> None:
        pass

    def end_read(self) -> None:
        """Nobody reads the rest: a connection in the middle of a body is of no more use."""
        if self._connection is not None:
            self._abort("the body was not read to its end")

    def when_body(self, arrived: Callable[[], None]) -> bool:
        if self._is_whole or self._problem or self._length is None or self._length > WINDOW:
            return False
        self._arrived = arrived
        return True

    def body_problem(self) -> str:
        return self._problem

    async def read_chunk(self) -> bytes:
        """Raises PeerError when it breaks off."""
        while not self._pieces:
            if self._problem:
                raise PeerError(self._problem)
            if self.decoder is not None and self.decoder.pending:
                self._decode_held()
            elif self._is_whole:
                return b""
            else:
                self._waiter = asyncio.get_running_loop().create_future()
                await self._waiter
        return self._release()

    def _decode_held(self) -> None:
        assert self.decoder is not None
        try:
            self._decode_on()
            if self._is_whole and not self.decoder.pending:
                self.decoder.finish()
            self._resume()
        except PeerError as error:
            self._is_whole = False
            self._abort(str(error))
