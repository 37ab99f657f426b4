"""TLS contexts: what is said about unusable certificate files, and when contexts are made anew."""

from __future__ import annotations

import asyncio
import logging
import ssl
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from edgehost.config import ServerConfig
from edgehost.errors import ConfigError
from edgehost.server import certificates
from edgehost.server.authority import open_authority
from edgehost.server.tls import (
    MAX_CONTEXTS,
    Contexts,
    DevelopmentContexts,
    context_factory,
    file_context,
)


def issue(days: int = 397) -> tuple[bytes, bytes]:
    """A certificate and its key."""
    authority, key = certificates.load_pair(*certificates.issue_authority())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(certificates, "LEAF_DAYS", days)
        pem = certificates.issue_leaf(authority, key, ["localhost"])
    end = pem.index(b"-----BEGIN CERTIFICATE")
    return pem[end:], pem[:end]


@pytest.fixture
def cert(tmp_path: Path) -> Path:
    (tmp_path / "cert.pem").write_bytes(issue()[0])
    return tmp_path / "cert.pem"


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    certificate, key = issue()
    (tmp_path / "cert.pem").write_bytes(certificate)
    (tmp_path / "key.pem").write_bytes(key)
    return tmp_path / "cert.pem", tmp_path / "key.pem"


def test_files_make_a_context_with_modern_settings(pair: tuple[Path, Path]) -> None:
    context = file_context(*pair)
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert context.options & ssl.OP_NO_RENEGOTIATION


def test_one_file_may_hold_both(tmp_path: Path) -> None:
    path = tmp_path / "both.pem"
    path.write_bytes(b"".join(issue()))
    assert isinstance(file_context(path), ssl.SSLContext)


def test_a_certificate_without_a_key_is_refused(cert: Path) -> None:
    with pytest.raises(ConfigError, match=r"cert\.pem holds no private key: .*--key"):
        file_context(cert)


def test_a_key_without_a_certificate_is_refused(pair: tuple[Path, Path]) -> None:
    with pytest.raises(ConfigError, match="--key needs --cert"):
        context_factory(ServerConfig(key=pair[1]))


def test_a_missing_file_is_named(tmp_path: Path, cert: Path) -> None:
    with pytest.raises(ConfigError, match=r"--cert: .*none\.pem: No such file"):
        file_context(tmp_path / "none.pem", tmp_path / "key.pem")
    with pytest.raises(ConfigError, match=r"--key: .*none\.pem: No such file"):
        file_context(cert, tmp_path / "none.pem")


def test_a_folder_is_no_file(tmp_path: Path, cert: Path) -> None:
    with pytest.raises(ConfigError, match=r"--key: .*: Is a directory"):
        file_context(cert, tmp_path)


def test_files_of_another_kind_are_refused(tmp_path: Path, pair: tuple[Path, Path]) -> None:
    der = tmp_path / "cert.der"
    der.write_bytes(b"\x30\x82\x01\x00")
    with pytest.raises(ConfigError, match=r"cert\.der is not a PEM certificate"):
        file_context(der, pair[1])
    with pytest.raises(ConfigError, match=r"cert\.der is not a PEM private key"):
        file_context(pair[0], der)


def test_damaged_files_are_refused(tmp_path: Path, pair: tuple[Path, Path]) -> None:
    pair[0].write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    with pytest.raises(ConfigError, match="cannot be used for TLS"):
        context_factory(ServerConfig(cert=pair[0], key=pair[1]))


def test_a_key_of_another_certificate_is_refused(pair: tuple[Path, Path]) -> None:
    pair[1].write_bytes(issue()[1])
    with pytest.raises(ConfigError, match=r"key\.pem is not the private key of .*cert\.pem"):
        file_context(*pair)


def test_an_encrypted_key_is_refused_without_asking(pair: tuple[Path, Path]) -> None:
    key = load_pem_private_key(pair[1].read_bytes(), None)
    secret = BestAvailableEncryption(b"secret")
    pair[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, secret))
    with pytest.raises(ConfigError, match=r"key\.pem is encrypted: .*openssl pkey"):
        file_context(*pair)


def test_an_expired_certificate_serves_with_a_warning(
    pair: tuple[Path, Path], caplog: pytest.LogCaptureFixture
) -> None:
    for path, pem in zip(pair, issue(days=1), strict=True):
        path.write_bytes(pem)
    factory = context_factory(ServerConfig(cert=pair[0], key=pair[1]))
    assert isinstance(factory("127.0.0.1"), ssl.SSLContext)
    (message,) = [record.getMessage() for record in caplog.records]
    assert "cert.pem expired on" in message


def test_a_valid_certificate_serves_without_a_warning(
    pair: tuple[Path, Path], caplog: pytest.LogCaptureFixture
) -> None:
    context_factory(ServerConfig(cert=pair[0], key=pair[1]))
    assert caplog.records == []


# Names that clients ask for


def names_served(context: ssl.SSLContext, name: str) -> list[str]:
    """The names in the certificate that a client gets who asks for this one."""
    trusting = ssl.create_default_context(cafile=str(open_authority().certificate_file))
    trusting.check_hostname = False
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trusting.wrap_bio(to_client, to_server, server_hostname=name)
    server = context.wrap_bio(to_server, to_client, server_side=True)
    for each in (client, server, client, server):
        with suppress(ssl.SSLWantReadError):
            each.do_handshake()
    certificate = client.getpeercert()
    assert certificate
    return [str(value) for _, value in certificate["subjectAltName"]]


@pytest.fixture
def development(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    monkeypatch.setenv("EDGEHOST_HOME", str(tmp_path / "home"))
    return context_factory(ServerConfig())("127.0.0.1")


def test_names_that_clients_make_up_keep_no_other_from_its_certificate(
    development: ssl.SSLContext,
) -> None:
    for number in range(MAX_CONTEXTS + 3):
        assert names_served(development, f"made-up-{number}.localhost") == [
            f"made-up-{number}.localhost"
        ]
    assert names_served(development, "mine.localhost") == ["mine.localhost"]
    assert "localhost" in names_served(development, "localhost")


def test_a_name_in_use_keeps_its_certificate(
    development: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued: list[tuple[str, ...]] = []
    real = DevelopmentContexts._issue
    monkeypatch.setattr(
        DevelopmentContexts,
        "_issue",
        lambda self, *names: issued.append(names) or real(self, *names),
    )
    for _ in range(2):
        names_served(development, "mine.localhost")
    for number in range(2 * MAX_CONTEXTS):
        names_served(development, f"made-up-{number}.localhost")
    assert names_served(development, "mine.localhost") == ["mine.localhost"]
    assert issued.count(("mine.localhost",)) == 1


def test_a_name_that_the_authority_does_not_vouch_for_takes_no_room(
    development: ssl.SSLContext,
) -> None:
    assert "localhost" in names_served(development, "example.com")
    assert "example.com" not in names_served(development, "example.com")


# Contexts


class Factory:
    def __init__(self) -> None:
        self.calls: list[str] = []
        self.threads: set[int] = set()
        self.error: Exception | None = None

    def __call__(self, address: str) -> ssl.SSLContext:
        self.calls.append(address)
        self.threads.add(threading.get_ident())
        if self.error is not None:
            raise self.error
        return ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)


async def test_a_context_is_made_once_and_on_another_thread() -> None:
    factory = Factory()
    contexts = Contexts(factory)
    made = await asyncio.gather(*(contexts.get("127.0.0.1") for _ in range(5)))
    made.append(await contexts.get("127.0.0.1"))
    assert len(set(map(id, made))) == 1
    assert factory.calls == ["127.0.0.1"]
    assert threading.get_ident() not in factory.threads


async def test_each_address_has_its_own_context_up_to_a_bound() -> None:
    factory = Factory()
    contexts = Contexts(factory)
    made = {id(await contexts.get(f"127.0.0.{number}")) for number in range(MAX_CONTEXTS + 9)}
    assert len(made) == len(factory.calls) == MAX_CONTEXTS


async def renewed(contexts: Contexts, address: str) -> None:
    (making,) = contexts._making.values()
    await asyncio.wait([making])
    assert contexts._making == {}


async def test_the_old_context_serves_while_a_new_one_is_made() -> None:
    contexts = Contexts(Factory(), refresh_seconds=0)
    first = await contexts.get("::1")
    assert await contexts.get("::1") is first
    await renewed(contexts, "::1")
    assert await contexts.get("::1") is not first
    await renewed(contexts, "::1")


async def test_the_old_context_serves_when_no_new_one_can_be_made(
    caplog: pytest.LogCaptureFixture,
) -> None:
    factory = Factory()
    contexts = Contexts(factory, refresh_seconds=0)
    first = await contexts.get("::1")
    factory.error = ConfigError("the file is gone")
    await contexts.get("::1")
    await renewed(contexts, "::1")
    assert await contexts.get("::1") is first
    await renewed(contexts, "::1")
    assert "the file is gone" in caplog.records[0].getMessage()
    assert {record.levelno for record in caplog.records} == {logging.WARNING}


async def test_a_first_failure_is_raised_and_the_next_client_tries_again() -> None:
    factory = Factory()
    contexts = Contexts(factory)
    factory.error = ConfigError("no space")
    with pytest.raises(ConfigError, match="no space"):
        await contexts.get("::1")
    factory.error = None
    assert isinstance(await contexts.get("::1"), ssl.SSLContext)


async def test_a_failure_that_comes_at_once_does_not_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()

    def run_at_once(_: None, factory: Factory, address: str) -> asyncio.Future[ssl.SSLContext]:
        made = loop.create_future()
        try:
            made.set_result(factory(address))
        except ConfigError as error:
            made.set_exception(error)
        return made

    # From Python 3.14 on, a thread that is quick enough is done when `run_in_executor` returns.
    monkeypatch.setattr(loop, "run_in_executor", run_at_once)
    await test_a_first_failure_is_raised_and_the_next_client_tries_again()
