"""The listener with real clients: http and TLS on one port, and clients that behave badly."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
import ssl
import struct
import threading
import warnings
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from edgehost.config import ServerConfig
from edgehost.errors import ConfigError
from edgehost.server import certificates, listener as listener_module
from edgehost.server.authority import open_authority
from edgehost.server.bind import bind
from edgehost.server.listener import Listener
from edgehost.server.tls import context_factory

SECONDS = 10.0  # for anything to happen
REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"

Run = Callable[[Callable[[], Coroutine[Any, Any, None]]], None]


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    """Runs a test on each event loop; it fails when anything reaches the exception handler."""
    make = asyncio.new_event_loop
    if request.param == "uvloop":
        make = pytest.importorskip("uvloop").new_event_loop
    troubles: list[dict[str, Any]] = []
    runner = asyncio.Runner(loop_factory=make)
    runner.get_loop().set_exception_handler(lambda _, context: troubles.append(context))
    yield lambda main: runner.run(asyncio.wait_for(main(), SECONDS))
    with warnings.catch_warnings():
        # As errors, those about sockets that a failed test left would hang uvloop's close.
        warnings.simplefilter("ignore", ResourceWarning)
        runner.close()
    assert troubles == []


@pytest.fixture(scope="module", autouse=True)
def authority_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EDGEHOST_HOME", str(tmp_path_factory.mktemp("home")))
        yield open_authority().certificate_file


@pytest.fixture
def trusting(authority_file: Path) -> ssl.SSLContext:
    """A client's context that checks all that a strict client does."""
    context = ssl.create_default_context(cafile=str(authority_file))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


@asynccontextmanager
async def listening(
    factory: Callable[[], asyncio.Protocol], *, host: str = "127.0.0.1", **options: Any
) -> AsyncIterator[Listener]:
    options.setdefault("tls", context_factory(ServerConfig(host=host)))
    listener = Listener(factory, bind(host, 0), **options)
    listener.start()
    try:
        yield listener
    finally:
        listener.close()
        await listener.wait_closed(SECONDS)


@asynccontextmanager
async def serving(**options: Any) -> AsyncIterator[Listener]:
    """With aiohttp's server, which answers with the scheme, and over a socket too."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        if request.headers.get("Upgrade") != "websocket":
            return web.Response(text=request.scheme)
        response = web.WebSocketResponse()
        await response.prepare(request)
        async for message in response:
            await response.send_str(f"{request.scheme} {message.data}")
        return response

    server = web.Server(handle, access_log=None)
    try:
        async with listening(server, **options) as listener:
            yield listener
    finally:
        await server.shutdown(0)


class Echo(asyncio.Protocol):
    """Sends back what arrives; keeps what it was given."""

    made: list[Echo]

    def __init__(self) -> None:
        self.lost = asyncio.get_running_loop().create_future()
        self.began = asyncio.Event()
        type(self).made.append(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.began.set()

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)  # type: ignore[attr-defined]

    def connection_lost(self, error: Exception | None) -> None:
        self.lost.set_result(error)


@pytest.fixture
def echo() -> type[Echo]:
    class Fresh(Echo):
        pass

    Fresh.made = []
    return Fresh


def port_of(listener: Listener) -> int:
    return listener.addresses[0][1]


async def fetch(url: str, trusting: ssl.SSLContext | None = None) -> str:
    async with (
        aiohttp.ClientSession() as session,
        session.get(url, ssl=trusting or True) as response,
    ):
        return await response.text()


async def connect(listener: Listener) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = listener.addresses[0]
    return await asyncio.open_connection(host, port)


async def assert_serves(listener: Listener) -> None:
    assert await fetch(f"http://127.0.0.1:{port_of(listener)}/") == "http"


async def wait_until(condition: Callable[[], bool]) -> None:
    """Turns the loop until it holds; the test's own time limit ends it otherwise."""
    while not condition():
        await asyncio.sleep(0)


# One port


def test_http_and_https_share_a_port(run: Run, trusting: ssl.SSLContext) -> None:
    async def main() -> None:
        async with serving() as listener:
            port = port_of(listener)
            assert await fetch(f"http://127.0.0.1:{port}/") == "http"
            for host in ("127.0.0.1", "localhost"):
                assert await fetch(f"https://{host}:{port}/", trusting) == "https"

    run(main)


def test_ws_and_wss_share_a_port(run: Run, trusting: ssl.SSLContext) -> None:
    async def main() -> None:
        async with serving() as listener, aiohttp.ClientSession() as session:
            for scheme, seen in (("ws", "http"), ("wss", "https")):
                url = f"{scheme}://localhost:{port_of(listener)}/"
                async with session.ws_connect(url, ssl=trusting) as client:
                    await client.send_str("ping")
                    assert await client.receive_str() == f"{seen} ping"

    run(main)


def test_many_clients_at_once_are_all_served(run: Run, trusting: ssl.SSLContext) -> None:
    async def main() -> None:
        async with serving() as listener:
            urls = [f"http{'s' * (n % 2)}://localhost:{port_of(listener)}/" for n in range(150)]
            answers = await asyncio.gather(*(fetch(url, trusting) for url in urls))
            assert answers == ["http", "https"] * 75

    run(main)


def test_the_first_byte_reaches_the_protocol(run: Run, echo: type[Echo]) -> None:
    async def main() -> None:
        async with listening(echo) as listener:
            reader, writer = await connect(listener)
            writer.write(b"h")
            assert await reader.readexactly(1) == b"h"
            writer.write(b"ello")
            assert await reader.readexactly(4) == b"ello"
            writer.close()

    run(main)


def test_a_connection_whose_data_is_there_is_handed_over_at_once(
    run: Run, echo: type[Echo], monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[object] = []
    monkeypatch.setattr(Listener, "_await_first_byte", lambda *_: waited.append(1))

    async def main() -> None:
        sockets = bind("127.0.0.1", 0)
        with socket.create_connection(sockets[0].getsockname()) as client:
            client.sendall(b"early")
            listener = Listener(echo, sockets, tls=context_factory(ServerConfig()))
            listener.start()
            await wait_until(lambda: bool(echo.made))
            await echo.made[0].began.wait()
            assert await asyncio.to_thread(client.recv, 5) == b"early"
            listener.close()
        await echo.made[0].lost

    run(main)
    assert waited == []


def test_accepted_sockets_have_no_delay_and_keep_alive(run: Run, echo: type[Echo]) -> None:
    async def main() -> None:
        async with listening(echo) as listener:
            _, writer = await connect(listener)
            writer.write(b"x")
            await wait_until(lambda: bool(echo.made))
            await echo.made[0].began.wait()
            accepted = echo.made[0].transport.get_extra_info("socket")
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            writer.close()

    run(main)


# Without TLS


def test_without_tls_a_connection_is_handed_over_before_it_says_anything(
    run: Run, echo: type[Echo]
) -> None:
    async def main() -> None:
        async with listening(echo, tls=None, first_byte_seconds=0.01) as listener:
            reader, writer = await connect(listener)
            await wait_until(lambda: bool(echo.made))
            await echo.made[0].began.wait()
            writer.write(b"\x16 is a byte like any other")
            assert await reader.readexactly(26) == b"\x16 is a byte like any other"
            writer.close()

    run(main)


# TLS


def handshake(port: int, context: ssl.SSLContext, name: str | None) -> ssl.SSLSocket:
    """Blocking; the caller closes it."""
    raw = socket.create_connection(("127.0.0.1", port), SECONDS)
    try:
        return context.wrap_socket(raw, server_hostname=name)
    except BaseException:
        raw.close()
        raise


def names_of(connection: ssl.SSLSocket) -> set[str]:
    certificate: Any = connection.getpeercert()
    return {value for _, value in certificate["subjectAltName"]}


def test_tls_speaks_http_1_1_at_version_1_2_or_later(run: Run, trusting: ssl.SSLContext) -> None:
    async def main() -> None:
        async with serving() as listener:
            trusting.set_alpn_protocols(["h2", "http/1.1"])
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                trusting.minimum_version = trusting.maximum_version = version
                tls = await asyncio.to_thread(handshake, port_of(listener), trusting, "localhost")
                assert tls.selected_alpn_protocol() == "http/1.1"
                assert tls.version() == version.name.replace("_", ".")
                tls.close()

    run(main)


def test_a_local_name_that_is_asked_for_gets_its_certificate(
    run: Run, trusting: ssl.SSLContext
) -> None:
    async def main() -> None:
        async with serving() as listener:
            for _ in range(2):
                tls = await asyncio.to_thread(handshake, port_of(listener), trusting, "shop.test")
                assert names_of(tls) == {"shop.test"}
                tls.close()

    run(main)


def test_a_public_name_gets_the_certificate_for_this_machine(
    run: Run, trusting: ssl.SSLContext, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with serving() as listener:
            with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
                await asyncio.to_thread(handshake, port_of(listener), trusting, "example.com")
            trusting.check_hostname = False
            tls = await asyncio.to_thread(handshake, port_of(listener), trusting, "example.com")
            assert {"localhost", "127.0.0.1"} <= names_of(tls)
            tls.close()

    run(main)
    assert caplog.records == []  # who asks for any name must not fill the log


@pytest.mark.skipif(not os.path.exists("/proc"), reason="the whole of 127.0.0.0/8 is Linux's")
def test_the_address_that_a_client_used_is_in_the_certificate(
    run: Run, trusting: ssl.SSLContext
) -> None:
    async def main() -> None:
        async with serving(host="0.0.0.0") as listener:
            url = f"https://127.1.2.3:{port_of(listener)}/"
            assert await fetch(url, trusting) == "https"

    run(main)


def test_clients_refuse_the_authority_for_public_names(
    run: Run, trusting: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificates, "permits", lambda *_: True)  # as a thief of the key would

    async def main() -> None:
        async with serving() as listener:
            with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
                await asyncio.to_thread(handshake, port_of(listener), trusting, "example.com")

    run(main)


def test_the_context_is_made_for_the_first_hello_once_on_another_thread(
    run: Run, trusting: ssl.SSLContext
) -> None:
    threads: list[int] = []
    real = context_factory(ServerConfig())

    def factory(address: str) -> ssl.SSLContext:
        threads.append(threading.get_ident())
        return real(address)

    async def main() -> None:
        async with serving(tls=factory) as listener:
            await assert_serves(listener)
            assert threads == []
            url = f"https://localhost:{port_of(listener)}/"
            await asyncio.gather(*(fetch(url, trusting) for _ in range(10)))

    run(main)
    assert len(threads) == 1
    assert threads[0] != threading.get_ident()


def test_a_certificate_that_cannot_be_made_is_told_once_and_plain_http_goes_on(
    run: Run, trusting: ssl.SSLContext, caplog: pytest.LogCaptureFixture
) -> None:
    real, broken = context_factory(ServerConfig()), True

    def factory(address: str) -> ssl.SSLContext:
        if broken:
            raise ConfigError("there is no space left")
        return real(address)

    async def main() -> None:
        nonlocal broken
        async with serving(tls=factory) as listener:
            url = f"https://localhost:{port_of(listener)}/"
            for _ in range(3):
                with pytest.raises(aiohttp.ClientConnectionError):
                    await fetch(url, trusting)
            await assert_serves(listener)
            broken = False
            assert await fetch(url, trusting) == "https"

    run(main)
    (message,) = [record.getMessage() for record in caplog.records]
    assert message == "cannot answer a TLS client: there is no space left"


def test_a_client_that_distrusts_us_is_told_once(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with serving(untrusted_hint="trust it with a command") as listener:
            for _ in range(2):
                with pytest.raises(ssl.SSLCertVerificationError):
                    await asyncio.to_thread(
                        handshake, port_of(listener), ssl.create_default_context(), "localhost"
                    )
            await assert_serves(listener)

    run(main)
    assert [record.getMessage() for record in caplog.records] == ["trust it with a command"]


# Clients that behave badly


def test_a_client_that_says_nothing_is_dropped(run: Run) -> None:
    async def main() -> None:
        async with serving(first_byte_seconds=0.05) as listener:
            talking, talker = await connect(listener)
            talker.write(REQUEST)
            await talking.readuntil(b"http")
            clients = [await connect(listener) for _ in range(3)]
            for reader, writer in clients:
                assert await reader.read() == b""
                writer.close()
            talker.write(REQUEST)
            await talking.readuntil(b"http")
            talker.close()

    run(main)


def test_a_later_silence_is_limited_as_well(run: Run) -> None:
    async def main() -> None:
        async with serving(first_byte_seconds=0.05) as listener:
            for _ in range(2):
                reader, writer = await connect(listener)
                assert await reader.read() == b""
                writer.close()

    run(main)


def test_a_client_that_begins_a_handshake_and_stops_is_dropped(run: Run) -> None:
    async def main() -> None:
        async with serving(handshake_seconds=0.05) as listener:
            reader, writer = await connect(listener)
            writer.write(b"\x16")
            assert await reader.read() == b""
            writer.close()
            await assert_serves(listener)

    run(main)


def reset(client: socket.socket) -> None:
    """Closes with RST instead of FIN."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\x16",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\x16" * 4096,
        b"\x16\x03\x01\x00\x05garbage",
        b"\x16GET / HTTP/1.1\r\n\r\n",
        b"\x00",
        b"\xff" * 70_000,
    ],
    ids=["nothing", "hello", "half_hello", "sixteens", "garbage", "text", "nul", "much"],
)
@pytest.mark.parametrize("leave", [socket.socket.close, reset], ids=["close", "reset"])
def test_what_a_client_sends_and_how_it_leaves_harms_no_other(
    run: Run,
    sent: bytes,
    leave: Callable[[socket.socket], None],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    async def main() -> None:
        async with serving() as listener:
            await assert_serves(listener)
            for _ in range(5):
                client = socket.create_connection(("127.0.0.1", port_of(listener)))
                client.setblocking(False)
                if sent:
                    client.send(sent)
                leave(client)
            for _ in range(5):  # leaves while it is among the silent
                client = socket.create_connection(("127.0.0.1", port_of(listener)))
                await wait_until(lambda: bool(listener._silent))
                client.setblocking(False)
                if sent:
                    client.send(sent)
                leave(client)
                await wait_until(lambda: not listener._silent)
            await assert_serves(listener)
            await wait_until(lambda: not listener._tasks)

    run(main)
    assert [record for record in caplog.records if record.name.startswith("edgehost")] == []
    assert capfd.readouterr().err == ""


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="counts descriptors in /proc")
def test_failed_connections_leave_no_descriptor(run: Run) -> None:
    def count() -> int:
        return len(os.listdir("/proc/self/fd"))

    async def main() -> None:
        async with serving() as listener:
            await assert_serves(listener)
            before = 0
            for round_number in range(3):
                for sent in (b"", b"\x16", b"\x16garbage", REQUEST):
                    clients = [await connect(listener) for _ in range(20)]
                    for _, writer in clients:
                        writer.write(sent)
                    await wait_until(lambda: not listener._tasks)
                    for _, writer in clients:
                        writer.close()
                    await wait_until(lambda: not listener._tasks and not listener._silent)
                await assert_serves(listener)
                if round_number == 0:
                    before = count()
            assert count() <= before + 2

    run(main)


class FailingAccept(socket.socket):
    """A listening socket whose first accepts fail."""

    errors: list[int]
    calls = 0

    def accept(self) -> tuple[socket.socket, Any]:
        self.calls += 1
        if self.errors:
            raise OSError(self.errors.pop(0), "it failed")
        return super().accept()


def failing_socket(*errors: int) -> FailingAccept:
    (sock,) = bind("127.0.0.1", 0)
    failing = FailingAccept(sock.family, sock.type, sock.proto, sock.detach())
    failing.setblocking(False)
    failing.errors = list(errors)
    return failing


def test_without_descriptors_accepting_pauses_and_goes_on(
    run: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(listener_module, "PAUSE_SECONDS", 0.02)
    failing = failing_socket(errno.EMFILE, errno.ENFILE, errno.ENOBUFS)

    async def main() -> None:
        async with serving() as other:
            server = web.Server(lambda _: None)  # type: ignore[arg-type, return-value]
            listener = Listener(server, [failing], tls=None)
            listener.start()
            client = socket.create_connection(failing.getsockname())
            while failing.errors:
                await assert_serves(other)  # the loop is free meanwhile
            await wait_until(lambda: bool(server.connections))
            client.close()
            listener.close()
            await listener.wait_closed(SECONDS)
            await server.shutdown(0)

    run(main)
    assert failing.calls < 10
    messages = [record.getMessage() for record in caplog.records]
    assert messages == ["cannot accept connections for now: it failed"]


def test_a_client_that_left_before_the_accept_is_passed_over(
    run: Run, echo: type[Echo], caplog: pytest.LogCaptureFixture
) -> None:
    failing = failing_socket(errno.ECONNABORTED, errno.ECONNABORTED)

    async def main() -> None:
        listener = Listener(echo, [failing], tls=None)
        listener.start()
        with socket.create_connection(failing.getsockname()):
            await wait_until(lambda: bool(echo.made))
        await echo.made[0].lost
        listener.close()

    run(main)
    assert caplog.records == []


def test_a_closed_listener_does_not_resume_after_a_pause(
    run: Run, echo: type[Echo], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener_module, "PAUSE_SECONDS", 0)
    failing = failing_socket(errno.EMFILE)

    async def main() -> None:
        listener = Listener(echo, [failing], tls=None)
        listener.start()
        with socket.create_connection(failing.getsockname()):
            await wait_until(lambda: bool(listener._pauses))
            listener.close()
            await asyncio.sleep(0)

    run(main)
    assert echo.made == []
    assert failing.fileno() == -1


# The end


def test_close_refuses_new_clients_drops_the_silent_and_keeps_the_others(
    run: Run, echo: type[Echo]
) -> None:
    async def main() -> None:
        async with listening(echo) as listener:
            address = listener.addresses[0]
            reader, writer = await connect(listener)
            writer.write(b"x")
            assert await reader.readexactly(1) == b"x"
            silent, silent_writer = await connect(listener)
            await wait_until(lambda: bool(listener._silent))
            listener.close()
            assert await silent.read() == b""
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection(*address)
            writer.write(b"y")
            assert await reader.readexactly(1) == b"y"
            assert listener.addresses == []
            listener.close()
            writer.close()
            silent_writer.close()

    run(main)


def test_waiting_for_the_end_cancels_a_handshake_that_lasts(run: Run, echo: type[Echo]) -> None:
    async def main() -> None:
        async with listening(echo) as listener:
            reader, writer = await connect(listener)
            writer.write(b"\x16")
            await wait_until(lambda: bool(listener._tasks))
            listener.close()
            await listener.wait_closed(0.05)
            assert await reader.read() == b""
            assert not listener._tasks
            writer.close()

    run(main)


def test_waiting_for_the_end_lets_a_begun_connection_through(run: Run, echo: type[Echo]) -> None:
    async def main() -> None:
        async with listening(echo) as listener:
            with socket.create_connection(listener.addresses[0]) as client:
                client.sendall(b"last")
                await wait_until(lambda: bool(listener._tasks))
                listener.close()
                await listener.wait_closed(SECONDS)
                await echo.made[0].began.wait()
                assert await asyncio.to_thread(client.recv, 4) == b"last"
        await echo.made[0].lost

    run(main)


# Binding


def test_a_taken_port_is_one_clear_line() -> None:
    (first,) = bind("127.0.0.1", 0)
    port = first.getsockname()[1]
    with first, pytest.raises(ConfigError) as caught:
        bind("127.0.0.1", port)
    assert str(caught.value) == (
        f"port {port} on 127.0.0.1 is taken: choose another with --port (0 takes a free one)"
    )


@pytest.mark.parametrize(
    ("host", "port", "message"),
    [
        ("127.0.0.1", 65536, "port 65536 is not between 0 and 65535"),
        ("127.0.0.1", -1, "port -1 is not between 0 and 65535"),
        ("198.51.100.1", 0, "--host 198.51.100.1 is not an address of this machine"),
        ("no such host", 0, "--host no such host is not a host name or address"),
        (f"{'a' * 64}.test", 0, f"--host {'a' * 64}.test is not a host name or address"),
    ],
)
def test_what_cannot_be_bound_is_one_clear_line(host: str, port: int, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        bind(host, port)
    assert str(caught.value) == message


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="no IPv6 on this machine")


@needs_ipv6
def test_ipv6_is_served(run: Run, trusting: ssl.SSLContext) -> None:
    async def main() -> None:
        async with serving(host="::1") as listener:
            host, port = listener.addresses[0]
            assert host == "::1"
            assert await fetch(f"http://[::1]:{port}/") == "http"
            assert await fetch(f"https://[::1]:{port}/", trusting) == "https"

    run(main)


@needs_ipv6
@pytest.mark.parametrize(
    ("host", "expected"),
    [("localhost", ["127.0.0.1", "::1"]), ("::", ["::", "0.0.0.0"])],
)
def test_both_families_share_a_free_port(run: Run, host: str, expected: list[str]) -> None:
    async def main() -> None:
        async with serving(host=host) as listener:
            assert [address for address, _ in listener.addresses] == expected
            port = port_of(listener)
            assert {number for _, number in listener.addresses} == {port}
            for client in ("127.0.0.1", "[::1]"):
                assert await fetch(f"http://{client}:{port}/") == "http"

    run(main)


@needs_ipv6
def test_localhost_is_taken_when_one_family_is() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as other:
        port = other.getsockname()[1]
        with pytest.raises(ConfigError, match=f"port {port} on localhost is taken"):
            bind("localhost", port)


def test_localhost_makes_do_with_one_family(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.socket

    class WithoutIPv6(real):  # type: ignore[misc, valid-type]
        def __init__(self, family: int = -1, *arguments: Any, **options: Any) -> None:
            if family == socket.AF_INET6:
                raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
            super().__init__(family, *arguments, **options)

    monkeypatch.setattr(socket, "socket", WithoutIPv6)
    sockets = bind("localhost", 0)
    assert [sock.getsockname()[0] for sock in sockets] == ["127.0.0.1"]
    for sock in sockets:
        sock.close()


def test_the_log_is_quiet_in_good_times(
    run: Run, trusting: ssl.SSLContext, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with serving() as listener:
            await assert_serves(listener)
            assert await fetch(f"https://localhost:{port_of(listener)}/", trusting) == "https"

    run(main)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
