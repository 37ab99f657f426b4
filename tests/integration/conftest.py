"""Real servers for real clients: `serve` runs a function on a free port of 127.0.0.1, on uvloop.

A test fails when it takes too long, when a server's end leaves a task, a connection or an
invocation behind, and when anything reaches the event loop's exception handler.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import functools
import inspect
import io
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import pytest

from edgehost.bindings.console import Console
from edgehost.config import FunctionConfig, Limits, ServerConfig
from edgehost.deployment import Deployment
from edgehost.server.authority import open_authority
from edgehost.server.host import HttpHost
from edgehost.server.service import Service
from edgehost.worker import Worker

SECONDS = 30.0  # for one test; far more than any needs
STOP_SECONDS = 5.0  # for the server of a test that left something in flight

LIMITS = {field.name for field in dataclasses.fields(Limits)}
SERVER = {field.name for field in dataclasses.fields(ServerConfig)}


def pytest_asyncio_loop_factories(config: Any, item: Any) -> Mapping[str, Callable[[], Any]]:
    try:
        import uvloop
    except ImportError:
        return {"asyncio": asyncio.new_event_loop}
    return {"uvloop": uvloop.new_event_loop}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj):
            item.obj = _limited(item.obj)


def _limited(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., Any]:
    if getattr(test, "is_limited", False):
        return test

    @functools.wraps(test)
    async def limited(*args: Any, **options: Any) -> None:
        await asyncio.wait_for(test(*args, **options), SECONDS)

    limited.is_limited = True  # type: ignore[attr-defined]
    return limited


# Certificates


@pytest.fixture(scope="session")
def authority_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The certificate of a development authority that lives as long as the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EDGEHOST_HOME", str(tmp_path_factory.mktemp("home")))
        yield open_authority().certificate_file


@pytest.fixture
def trusting(authority_file: Path) -> ssl.SSLContext:
    """A client's context that checks all that a strict client does."""
    context = ssl.create_default_context(cafile=str(authority_file))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


# Clients


@dataclasses.dataclass(slots=True)
class Answer:
    """A response as it was on the wire."""

    status: int
    reason: str
    version: str  # "HTTP/1.1"
    headers: list[tuple[str, str]]  # names in lower case
    body: bytes = b""

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]

    def get(self, name: str) -> str | None:
        values = self.all(name)
        assert len(values) < 2, f"{name} was sent {len(values)} times"
        return values[0] if values else None

    @property
    def text(self) -> str:
        return self.body.decode()


class Raw:
    """A client that sends exactly the bytes it is told to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, data: bytes | str) -> None:
        """Text is sent as Latin-1, its newlines as CRLF."""
        if isinstance(data, str):
            data = data.replace("\n", "\r\n").encode("latin-1")
        self.writer.write(data)

    def get(self, path: str = "/", headers: str = "", *, method: str = "GET") -> None:
        """headers: lines that each end in a newline."""
        self.send(f"{method} {path} HTTP/1.1\nHost: localhost\n{headers}\n")

    async def head(self) -> Answer:
        """The next response's head."""
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[:-2]
        version, status, reason = lines[0].split(" ", 2)
        pairs = [line.split(": ", 1) for line in lines[1:]]
        return Answer(
            int(status), reason, version, [(name.lower(), value) for name, value in pairs]
        )

    async def answer(self, *, has_body: bool = True) -> Answer:
        """The next response. has_body: False for the answer to HEAD."""
        answer = await self.head()
        if not has_body or answer.status in (204, 304) or answer.status < 200:
            return answer
        if answer.get("transfer-encoding") == "chunked":
            answer.body = b"".join([chunk async for chunk in self.chunks()])
        elif (length := answer.get("content-length")) is not None:
            answer.body = await self.reader.readexactly(int(length))
        else:
            answer.body = await self.reader.read()
        return answer

    async def chunks(self) -> AsyncIterator[bytes]:
        """The chunks of a body until the last."""
        while chunk := await self.chunk():
            yield chunk

    async def chunk(self) -> bytes:
        """The next chunk; b"" for the last."""
        size = int(await self.reader.readuntil(b"\r\n"), 16)
        data = await self.reader.readexactly(size + 2)
        assert data.endswith(b"\r\n")
        return data[:-2]

    async def rest(self) -> bytes:
        """Everything until the server closes. Raises ConnectionResetError when it aborts."""
        return await self.reader.read()

    async def is_closed(self) -> bool:
        """Waits for the server to close, in whatever way, with nothing more to read."""
        try:
            return await self.reader.read() == b""
        except ConnectionResetError:
            return True

    def abort(self) -> None:
        """Leaves without a farewell."""
        self.writer.transport.abort()

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await self.writer.wait_closed()


# Servers


class Server:
    """A function that is being served, and its clients."""

    def __init__(self, service: Service, stdout: io.StringIO, stderr: io.StringIO) -> None:
        self.service = service
        self.session = aiohttp.ClientSession(
            f"http://127.0.0.1:{service.port}", auto_decompress=False
        )
        self._stdout = stdout
        self._stderr = stderr
        self._clients: list[Raw] = []

    @property
    def port(self) -> int:
        return int(self.url.rstrip("/").rpartition(":")[2])

    @functools.cached_property
    def url(self) -> str:
        """http, with a slash at the end."""
        return self.service.urls[0]

    @property
    def deployment(self) -> Deployment:
        return self.service.deployment

    @property
    def worker(self) -> Worker:
        worker = self.deployment.worker
        assert worker is not None, "the worker was retired, or the server has stopped"
        return worker

    @property
    def host(self) -> HttpHost:
        assert self.service._host is not None
        return self.service._host

    @property
    def stdout(self) -> str:
        self.deployment.console.flush()
        return self._stdout.getvalue()

    @property
    def stderr(self) -> str:
        self.deployment.console.flush()
        return self._stderr.getvalue()

    # Clients

    async def text(self, path: str = "/", method: str = "GET", **options: Any) -> str:
        """The body of a response that must be 200."""
        async with self.session.request(method, path, **options) as response:
            text = await response.text()
            assert response.status == 200, f"{response.status}: {text}"
            return text

    async def json(self, path: str = "/", method: str = "GET", **options: Any) -> Any:
        """The value of a response that must be 200."""
        async with self.session.request(method, path, **options) as response:
            assert response.status == 200, f"{response.status}: {await response.text()}"
            return await response.json(content_type=None)

    async def answer(self, path: str = "/", method: str = "GET", **options: Any) -> Answer:
        """Any response, whole."""
        options.setdefault("allow_redirects", False)
        async with self.session.request(method, path, **options) as response:
            headers = [
                (name.decode("latin-1").lower(), value.decode("latin-1"))
                for name, value in response.raw_headers
            ]
            body = await response.read()
            return Answer(response.status, response.reason or "", "HTTP/1.1", headers, body)

    async def raw(self, **options: Any) -> Raw:
        """A connection. options: of asyncio.open_connection."""
        raw = Raw(
            *await asyncio.open_connection("127.0.0.1", self.port, **{"limit": 1 << 20, **options})
        )
        self._clients.append(raw)
        return raw

    async def until(self, condition: Callable[[], object]) -> None:
        """Turns the loop until it holds; the test's own time limit ends it otherwise."""
        while not condition():
            await asyncio.sleep(0)

    # The end

    async def close_clients(self) -> None:
        await self.session.close()
        clients, self._clients = self._clients, []
        for client in clients:
            await client.close()

    async def stop(self) -> None:
        await self.service.stop()


class Serve(Protocol):
    async def __call__(self, function: str | Path, **options: Any) -> Server: ...


@pytest.fixture
async def serve(
    tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Callable[..., Coroutine[Any, Any, Server]]]:
    """`await serve(source or path, **options)`: a `Server`, stopped after the test.

    options: fields of Limits and of ServerConfig (tls is off unless asked for), `env`, `allow_eval`,
    and `name` for the function's name where its source is given.
    """
    troubles: list[dict[str, Any]] = []
    servers: list[Server] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: troubles.append(context))
    before = asyncio.all_tasks()

    async def start(function: str | Path, **options: Any) -> Server:
        if options.get("tls"):
            request.getfixturevalue("authority_file")
        path = _function_file(function, tmp_path, len(servers), options.pop("name", "fn"))
        server = await _start(path, options)
        servers.append(server)
        return server

    yield start
    for server in servers:
        await server.close_clients()
    for server in servers:
        await asyncio.wait_for(server.stop(), 2 * STOP_SECONDS + 5)
        await _assert_clean(server)
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    assert left == set(), "tasks were left behind"
    assert troubles == []


def _function_file(function: str | Path, folder: Path, number: int, name: str) -> Path:
    if isinstance(function, Path):
        return function
    path = folder / str(number) / f"{name}.js"
    path.parent.mkdir()
    path.write_text(function, "utf-8")
    return path


async def _start(path: Path, options: dict[str, Any]) -> Server:
    limits = {name: options.pop(name) for name in LIMITS & options.keys()}
    config = {name: options.pop(name) for name in SERVER & options.keys()}
    server_config = ServerConfig(
        **{"host": "127.0.0.1", "port": 0, "tls": False, "grace_seconds": STOP_SECONDS, **config}
    )
    function = FunctionConfig(path, limits=Limits(**limits), **options)
    stdout, stderr = io.StringIO(), io.StringIO()
    console = Console(
        function.name,
        log_format=server_config.log_format,
        quiet=server_config.quiet,
        stdout=stdout,
        stderr=stderr,
    )
    service = Service(Deployment(function, console), server_config)
    await service.start()
    return Server(service, stdout, stderr)


async def _assert_clean(server: Server) -> None:
    for _ in range(10):  # connection_lost of what was just closed comes in the next passes
        await asyncio.sleep(0)
    assert server.host.connections == [], "connections were left behind"
    assert server.deployment.worker is None
    assert "internal error" not in server.stderr, server.stderr
