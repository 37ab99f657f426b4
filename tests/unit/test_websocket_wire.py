"""A socket's wire state over a transport and a clock that the test moves."""

from __future__ import annotations

import asyncio
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from websockets.frames import Frame, Opcode

from edgehost.bindings.websocket import Upgrade
from edgehost.config import Limits
from edgehost.pace import Pace
from edgehost.server.websocket import ServerWebSocket
from edgehost.sockets.burst import Burst
from edgehost.sockets.unsent import Unsent
from edgehost.sockets.wire import CLOSE_SECONDS, LAST_SECONDS


class Timer:
    def __init__(self, at: float, call: Callable[[], None]) -> None:
        self.at = at
        self.call = call
        self.is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True


class Loop:
    """Time stands still until `advance`."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.soon: list[Callable[[], None]] = []
        self.timers: list[Timer] = []

    def time(self) -> float:
        return self.now

    def call_soon(self, function: Callable[..., None], *args: Any) -> None:
        self.soon.append(lambda: function(*args))

    def call_later(self, delay: float, function: Callable[..., None], *args: Any) -> Timer:
        timer = Timer(self.now + delay, lambda: function(*args))
        self.timers.append(timer)
        return timer

    def run(self) -> None:
        while self.soon:
            self.soon.pop(0)()

    def advance(self, seconds: float) -> None:
        """Fires what falls due, each at its own time."""
        end = self.now + seconds
        while due := [timer for timer in self.timers if timer.at <= end and not timer.is_cancelled]:
            first = min(due, key=lambda timer: timer.at)
            self.timers.remove(first)
            self.now = max(self.now, first.at)
            first.call()
            self.run()
        self.now = end

    @property
    def is_idle(self) -> bool:
        return all(timer.is_cancelled for timer in self.timers)


class Transport:
    """Takes everything at once unless `is_stuck`."""

    def __init__(self) -> None:
        self.sent = b""
        self.unsent = b""
        self.is_stuck = False
        self.is_eof = False
        self.is_aborted = False
        self.closed = False
        self.has_eof = True  # TLS has none

    def write(self, data: bytes) -> None:
        assert not self.is_eof, "written after the end"
        self.unsent += data
        if not self.is_stuck:
            self.take(len(self.unsent))

    def writelines(self, pieces: list[bytes]) -> None:
        self.write(b"".join(pieces))

    def take(self, count: int) -> None:
        self.sent += self.unsent[:count]
        self.unsent = self.unsent[count:]

    def get_write_buffer_size(self) -> int:
        return len(self.unsent)

    def is_closing(self) -> bool:
        return self.closed

    def can_write_eof(self) -> bool:
        return self.has_eof

    def write_eof(self) -> None:
        self.is_eof = True

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = self.is_aborted = True


class Connection(SimpleNamespace):
    """Can be a key, as the real one."""

    __hash__ = object.__hash__
    __eq__ = object.__eq__


class Peer:
    """A wire with everything around it. `told` is what the listener heard, in order."""

    def __init__(self, *, idle: float = 0, offered: str | None = None, **limits: Any) -> None:
        self.loop = Loop()
        self.transport = Transport()
        self.told: list[Any] = []
        self.bugs: list[BaseException] = []
        console: Any = SimpleNamespace(bug=self.bugs.append)
        self.pace = Pace(self.loop.call_soon, lambda: self.now)
        self.now = 100.0  # by the clock of turns
        self.connection: Any = Connection(
            host=SimpleNamespace(
                unsent=Unsent(0),
                limits=Limits(**limits),
                console=console,
                burst=Burst(self.pace, console),
                stopping=False,
            ),
            _loop=self.loop,
            transport=self.transport,
            writing_paused=False,
            took_long=False,
            _reading_paused=False,
            is_reading=True,
            pause_reading=lambda: setattr(self.connection, "is_reading", False),
            resume_reading=lambda: setattr(self.connection, "is_reading", True),
            close=self.transport.close,
            abort=self.transport.abort,
            count_ahead=lambda size: None,
            is_ahead=False,
        )
        listener: Any = SimpleNamespace(
            on_open=lambda extensions: self.told.append(("open", extensions)),
            on_texts=self.hear,
            on_bytes=self.told.append,
            received=lambda: None,
            on_error=lambda message: self.told.append(("error", message)),
            on_close=lambda *close: self.told.append(("close", *close)),
        )
        self.listener = listener
        self.wire = ServerWebSocket(
            self.connection,
            Upgrade("sec-websocket-accept\nkey", idle),
            offered,
            listener,
        )

    def hear(self, texts: Sequence[str]) -> Sequence[str]:
        self.told += texts
        return ()

    def opened(self) -> Peer:
        self.loop.run()
        self.told.clear()
        self.transport.sent = b""
        return self

    def receive(self, *frames: bytes) -> None:
        self.wire.feed_data(b"".join(frames))

    def sent(self) -> list[tuple[int, bytes]]:
        """Opcodes and payloads since the last call."""
        data, self.transport.sent = self.transport.sent, b""
        found = []
        while data:
            opcode, length, at = data[0] & 15, data[1], 2
            if length > 125:
                at = 4 if length == 126 else 10
                length = int.from_bytes(data[2:at])
            found.append((opcode, data[at : at + length]))
            data = data[at + length :]
        return found

    def lose(self) -> None:
        self.connection.transport = None
        self.wire.connection_lost()
        assert self.loop.is_idle, "a timer outlived the connection"


def text(data: str) -> bytes:
    return Frame(Opcode.TEXT, data.encode()).serialize(mask=True)


def compressed(payload: bytes) -> bytes:
    """A binary message whose payload is marked as compressed."""
    data = Frame(Opcode.BINARY, payload).serialize(mask=True)
    return bytes([data[0] | 0x40]) + data[1:]


def close(code: int, reason: str = "") -> bytes:
    return Frame(Opcode.CLOSE, code.to_bytes(2) + reason.encode()).serialize(mask=True)


@pytest.fixture(autouse=True)
def loop_for_aiohttp() -> Iterator[None]:
    """Its queue wants one, and uses none."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


# Opening


def test_the_answer_leaves_at_once_and_the_realm_hears_of_it_later():
    peer = Peer()
    assert peer.transport.sent == (
        b"HTTP/1.1 101 Switching Protocols\r\nsec-websocket-accept: key\r\n"
        b"upgrade: websocket\r\nconnection: Upgrade\r\n\r\n"
    )
    assert peer.told == []
    peer.loop.run()
    assert peer.told == [("open", "")]


def test_what_arrives_before_the_realm_heard_of_the_opening_waits():
    peer = Peer()
    data = text("early")
    for piece in data[:3], data[3:]:
        peer.connection.host.burst.soon(peer.connection, peer.wire.feed_data, piece)
    assert peer.told == []
    peer.loop.run()
    assert peer.told == [("open", ""), "early"]


def test_a_connection_that_is_lost_before_the_opening_is_told_of_both():
    peer = Peer()
    peer.lose()
    peer.loop.run()
    assert peer.told == [
        ("open", ""),
        ("error", "the connection was lost without a closing handshake"),
        ("close", 1006, "", False),
    ]


def test_the_accepted_extension_is_in_the_answer_and_told():
    peer = Peer(offered="permessage-deflate; server_max_window_bits=9")
    assert (
        b"\r\nsec-websocket-extensions: permessage-deflate; server_max_window_bits=9\r\n"
        in peer.transport.sent
    )
    peer.loop.run()
    assert peer.told == [("open", "permessage-deflate; server_max_window_bits=9")]


# Sending


def test_what_a_turn_sends_leaves_in_one_write():
    peer = Peer().opened()
    peer.wire.texts.append("a")
    peer.wire.send_bytes(b"b")
    assert peer.transport.sent == b""
    peer.wire.flush()
    assert peer.sent() == [(1, b"a"), (2, b"b")]


def test_buffered_counts_queued_and_unsent_messages_until_they_left():
    peer = Peer().opened()
    peer.transport.is_stuck = True
    peer.wire.send_bytes(bytes(1000))
    assert peer.wire.buffered == 1000
    peer.wire.flush()
    peer.wire.texts.append("ä")
    assert peer.wire.buffered == 1002
    peer.wire.flush()
    peer.transport.take(900)
    assert 0 < peer.wire.buffered <= 110
    peer.wire.resume_writing()
    assert 0 < peer.wire.buffered <= 110
    peer.transport.take(1000)
    assert peer.wire.buffered == 0


def test_a_paused_transport_pauses_reading():
    peer = Peer().opened()
    peer.wire.pause_writing()
    assert not peer.connection.is_reading
    peer.wire.resume_writing()
    assert peer.connection.is_reading


def test_past_the_limit_of_unsent_bytes_the_connection_is_aborted():
    peer = Peer(send_buffer_bytes=100).opened()
    peer.transport.is_stuck = True
    peer.wire.send_bytes(bytes(90))
    peer.wire.flush()
    assert peer.told == []
    peer.wire.send_bytes(bytes(90))
    peer.wire.flush()
    peer.loop.run()
    assert peer.transport.is_aborted
    assert [item[0] for item in peer.told] == ["error"]
    peer.lose()
    assert peer.told[1:] == [("close", 1006, "", False)]


def test_no_limit_of_unsent_bytes():
    peer = Peer(send_buffer_bytes=0).opened()
    peer.transport.is_stuck = True
    peer.wire.send_bytes(bytes(100 << 20))
    peer.wire.flush()
    assert peer.told == []


# Closing


def test_the_peers_close_is_echoed_and_the_connection_closed():
    peer = Peer().opened()
    peer.receive(close(4000, "bye"))
    assert peer.sent() == [(8, b"\x0f\xa0bye")]
    assert peer.transport.closed
    assert not peer.transport.is_aborted
    peer.lose()
    assert peer.told == [("close", 4000, "bye", True)]


def test_after_our_close_only_the_peers_is_of_interest():
    peer = Peer().opened()
    peer.wire.close(4000, "bye")
    peer.wire.texts.append("late")
    peer.wire.close(4001, "again")
    peer.wire.flush()
    ping = Frame(Opcode.PING, b"p").serialize(mask=True)
    binary = Frame(Opcode.BINARY, b"b").serialize(mask=True)
    peer.receive(text("a"), binary, ping, close(4002), text("b"))
    assert peer.sent() == [(8, b"\x0f\xa0bye")]
    assert peer.told == []
    peer.lose()
    assert peer.told == [("close", 4002, "", True)]


def test_a_peer_that_does_not_answer_our_close_is_given_up():
    peer = Peer().opened()
    peer.wire.close(1000, "")
    peer.wire.flush()
    peer.loop.advance(CLOSE_SECONDS - 0.1)
    assert not peer.transport.closed
    peer.loop.advance(0.2)
    assert peer.transport.is_aborted
    peer.lose()
    assert peer.told == [
        ("error", "the peer did not answer the closing handshake"),
        ("close", 1006, "", False),
    ]


def test_a_slow_peer_has_time_to_take_what_was_sent_before_our_close():
    peer = Peer().opened()
    peer.transport.is_stuck = True
    peer.wire.send_bytes(bytes(1000))
    peer.wire.close(1000, "")
    peer.wire.flush()
    for _ in range(9):
        peer.transport.take(100)
        peer.loop.advance(CLOSE_SECONDS + 1)
        assert not peer.transport.closed
    peer.loop.advance(2 * CLOSE_SECONDS)
    assert peer.transport.is_aborted


def test_a_peer_that_closed_but_does_not_take_our_answer_is_given_up():
    peer = Peer().opened()
    peer.transport.is_stuck = True
    peer.wire.send_bytes(bytes(1000))
    peer.receive(close(1000))
    assert peer.transport.closed
    assert not peer.transport.is_aborted
    peer.loop.advance(CLOSE_SECONDS + 1)
    assert peer.transport.is_aborted
    peer.lose()
    assert peer.told == [("close", 1000, "", True)]


def test_a_timer_does_not_outlive_a_clean_end():
    peer = Peer(idle=30).opened()
    peer.receive(close(1000))
    assert peer.loop.is_idle
    peer.lose()


# Broken rules


def test_a_peer_that_broke_a_rule_is_told_and_then_only_waited_for():
    peer = Peer().opened()
    peer.receive(text("good"), Frame(Opcode.TEXT, b"\xff").serialize(mask=True), text("never"))
    assert peer.sent() == [(8, b"\x03\xef")]
    assert peer.told[0] == "good"
    assert peer.told[1][0] == "error"
    assert len(peer.told) == 2
    assert peer.transport.is_eof
    assert not peer.transport.closed
    peer.receive(text("x") * 1000)
    peer.receive(close(1000))
    peer.wire.texts.append("no")
    peer.wire.close(1000, "")
    peer.wire.flush()
    assert peer.sent() == []
    peer.lose()
    assert peer.told[2:] == [("close", 1006, "", False)]


def test_a_peer_that_broke_a_rule_and_stays_is_dropped():
    peer = Peer().opened()
    peer.receive(b"\xff\xff")
    peer.loop.advance(CLOSE_SECONDS + 1)
    assert peer.transport.is_aborted
    peer.lose()
    assert [item[0] for item in peer.told] == ["error", "close"]


def test_over_tls_the_connection_is_closed_because_half_of_it_cannot_be():
    peer = Peer().opened()
    peer.transport.has_eof = False
    peer.receive(b"\xff\xff")
    assert peer.transport.closed
    assert not peer.transport.is_eof


def test_a_broken_rule_after_our_close_sends_no_second_close_frame():
    peer = Peer().opened()
    peer.wire.close(1000, "")
    peer.wire.flush()
    peer.receive(b"\xff\xff")
    assert peer.sent() == [(8, b"\x03\xe8")]


def test_malformed_compression_is_1007():
    peer = Peer(offered="permessage-deflate").opened()
    peer.receive(compressed(b"\xff" * 40))
    assert peer.sent() == [(8, b"\x03\xef")]
    assert "inflate" in peer.told[0][1]


def test_a_failure_of_ours_is_logged_and_not_the_peers_fault():
    peer = Peer().opened()
    error = RuntimeError("ours")

    def fail(_: bytes) -> None:
        raise error

    peer.listener.on_bytes = fail
    peer.receive(Frame(Opcode.BINARY, b"x").serialize(mask=True))
    assert peer.bugs == [error]
    assert peer.sent() == [(8, b"\x03\xf3")]
    assert peer.told == [("error", "internal error")]


def test_inflated_messages_have_the_same_limit_as_others():
    for size, is_allowed in ((100, True), (101, False)):
        peer = Peer(offered="permessage-deflate", message_bytes=100).opened()
        compressor = zlib.compressobj(wbits=-15)
        payload = compressor.compress(bytes(size)) + compressor.flush(zlib.Z_SYNC_FLUSH)
        peer.receive(compressed(payload.removesuffix(b"\0\0\xff\xff")))
        assert (peer.told == [bytes(size)]) is is_allowed
        assert (peer.sent() == [(8, b"\x03\xf1")]) is not is_allowed


# Silence


def test_a_silent_peer_is_pinged_after_half_the_time_and_given_up_after_the_rest():
    peer = Peer(idle=30).opened()
    peer.loop.advance(14.9)
    assert peer.sent() == []
    peer.loop.advance(0.2)
    assert peer.sent() == [(9, b"")]
    peer.loop.advance(14.8)
    assert not peer.transport.closed
    peer.loop.advance(0.2)
    assert peer.transport.is_aborted
    assert peer.told == [("error", "the peer did not answer a ping (idleTimeout of 30 s)")]


def test_a_pong_or_anything_else_is_a_sign_of_life():
    peer = Peer(idle=30).opened()
    for sign in (Frame(Opcode.PONG, b"").serialize(mask=True), text("x"), b"\x81"):
        peer.loop.advance(16)
        assert peer.sent() == [(9, b"")]
        peer.receive(sign)
        peer.loop.advance(13)
        assert peer.sent() == []
    assert not peer.transport.closed


def test_a_talking_peer_is_not_pinged():
    peer = Peer(idle=30).opened()
    for _ in range(20):
        peer.loop.advance(10)
        peer.receive(text("x"))
    assert peer.sent() == []


def test_without_a_timeout_nothing_is_pinged():
    peer = Peer(idle=0).opened()
    peer.loop.advance(1e6)
    assert peer.sent() == []


def test_a_slow_reader_is_alive_while_it_takes_something():
    peer = Peer(idle=30).opened()
    peer.transport.is_stuck = True
    peer.connection.writing_paused = True
    peer.wire.send_bytes(bytes(100_000))
    peer.wire.flush()
    for _ in range(20):
        peer.loop.advance(10)
        peer.transport.take(1000)
    assert not peer.transport.closed
    peer.loop.advance(60)
    assert peer.transport.is_aborted


def test_random_bytes_never_break_the_wire():
    for _ in range(300):
        peer = Peer(offered="permessage-deflate").opened()
        peer.receive(os.urandom(60))
        peer.receive(os.urandom(60))
        peer.lose()
        assert peer.bugs == []
        assert peer.told[-1][0] == "close"


# Others have their turn


def slow(**options: Any) -> Peer:
    """Each message takes long."""
    peer = Peer(**options).opened()

    def hear(texts: Sequence[str]) -> Sequence[str]:
        peer.told.append(texts[0])
        peer.wire.texts.append(texts[0])
        peer.now += 1
        return texts[1:]

    def hear_bytes(data: bytes) -> None:
        peer.told.append(data)
        peer.wire.send_bytes(data)
        peer.now += 1

    peer.listener.on_texts = hear
    peer.listener.on_bytes = hear_bytes
    return peer


def ping(payload: bytes) -> bytes:
    return Frame(Opcode.PING, payload).serialize(mask=True)


def binary(payload: bytes) -> bytes:
    return Frame(Opcode.BINARY, payload).serialize(mask=True)


MIXED = (text("a"), text("b"), ping(b"1"), binary(b"c"), text("d"), ping(b"2"), close(1000))


def test_messages_that_take_long_are_handled_one_by_one_and_nothing_more_is_read() -> None:
    peer = slow()
    peer.receive(*map(text, "abc"))
    assert (peer.told, peer.sent(), peer.connection.is_reading) == (["a"], [(1, b"a")], False)
    peer.loop.run()
    assert (peer.told, peer.sent(), peer.connection.is_reading) == (
        [*"abc"],
        [(1, b"b"), (1, b"c")],
        True,
    )


def test_the_order_of_all_frames_is_kept() -> None:
    peer = slow()
    peer.receive(*MIXED)
    assert peer.told == ["a"]
    peer.loop.run()
    assert peer.told == ["a", "b", b"c", "d"]
    assert peer.sent() == [
        *((1, b"a"), (1, b"b"), (10, b"1"), (2, b"c"), (1, b"d"), (10, b"2")),
        (8, b"\x03\xe8"),
    ]
    assert peer.transport.closed
    peer.lose()
    assert peer.told[4:] == [("close", 1000, "", True)]


def test_what_arrives_meanwhile_goes_behind() -> None:
    peer = slow()
    peer.receive(*map(text, "ab"))
    peer.receive(*map(text, "cd"))
    peer.loop.run()
    assert peer.told == [*"abcd"]


def test_a_broken_rule_shows_behind_the_messages_before_it() -> None:
    peer = slow()
    peer.receive(*map(text, "ab"), Frame(Opcode.TEXT, b"no mask").serialize(mask=False))
    assert peer.told == ["a"]
    peer.loop.run()
    assert peer.told[:2] == [*"ab"] and peer.told[2][0] == "error"
    assert peer.sent()[-1] == (8, b"\x03\xea")


def test_a_connection_that_is_lost_meanwhile_ends_behind_its_messages() -> None:
    peer = slow()
    peer.receive(*map(text, "abc"))
    peer.connection.transport = None
    peer.wire.connection_lost()
    assert peer.told == ["a"]
    peer.loop.run()
    assert peer.told[:3] == [*"abc"]
    assert [event[0] for event in peer.told[3:]] == ["error", "close"]


def test_a_peer_whose_messages_wait_is_not_silent() -> None:
    peer = slow(idle=10)
    peer.receive(*map(text, "ab"))
    run, peer.loop.run = peer.loop.run, lambda: None  # others have the loop
    peer.loop.advance(30)
    peer.loop.run = run
    peer.loop.run()
    assert peer.told == [*"ab"]
    assert not peer.transport.is_aborted


def test_a_peer_whose_sign_of_life_lies_in_the_socket_is_not_given_up() -> None:
    peer = Peer(idle=10).opened()
    peer.loop.advance(5)
    assert peer.sent() == [(9, b"")]
    run = peer.loop.run

    def look_at_sockets() -> None:
        peer.receive(Frame(Opcode.PONG, b"").serialize(mask=True))
        run()

    peer.loop.run = look_at_sockets  # type: ignore[method-assign]
    peer.loop.advance(5)
    assert not peer.transport.is_aborted
    peer.loop.run = run  # type: ignore[method-assign]
    peer.loop.advance(10)
    assert peer.transport.is_aborted


def test_inflated_messages_wait_as_they_came() -> None:
    deflate = zlib.compressobj(wbits=-15)
    frames = []
    for _ in range(100):
        data = deflate.compress(os.urandom(2000)) + deflate.flush(zlib.Z_SYNC_FLUSH)
        frames.append(compressed(data[:-4]))
    peer = slow(offered="permessage-deflate")
    peer.receive(*frames)
    assert len(peer.told) == 1
    waiting = [arguments[0] for _, arguments in peer.wire._later]
    assert any(isinstance(item, bytes) for item in waiting), "all was inflated at once"
    peer.loop.run()
    assert len(peer.told) == 100


def test_a_peer_that_does_not_answer_our_close_has_less_time_when_the_server_stops() -> None:
    peer = Peer().opened()
    peer.wire.close(1000, "")
    peer.wire.flush()
    peer.connection.host.stopping = True
    peer.wire.finish()
    peer.loop.advance(LAST_SECONDS)
    assert peer.transport.is_aborted
    other = Peer().opened()
    other.connection.host.stopping = True
    other.wire.close(1001, "")
    other.wire.flush()
    other.loop.advance(LAST_SECONDS)
    assert other.transport.is_aborted
