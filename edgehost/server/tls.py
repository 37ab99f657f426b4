"""TLS contexts: from the user's certificate files, or from the development authority.

A context is made by a factory that is given the address on which the client reached us: it says
which name a client means that sends none (addresses are never sent), whatever the listener is
bound to. `Contexts` calls the factory off the event loop's thread, when a client first needs it.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from edgehost.config import ServerConfig
from edgehost.errors import ConfigError

if TYPE_CHECKING:
    from edgehost.server.authority import Authority

logger = logging.getLogger(__name__)

ContextFactory = Callable[[str], ssl.SSLContext]  # blocking; may raise ConfigError

REFRESH_SECONDS = 3600.0  # how soon a renewed certificate is noticed
MAX_CONTEXTS = 64  # a client chooses names, and on a loopback network also addresses

THIS_MACHINE = ("localhost", "127.0.0.1", "::1", "0.0.0.0", "::")  # as browsers may be told


def context_factory(config: ServerConfig) -> ContextFactory:
    """The factory that the options ask for.

    Raises ConfigError when the given files cannot serve; the development authority is not touched.
    """
    if config.cert is None and config.key is not None:
        raise ConfigError("--key needs --cert, the certificate that belongs to it")
    if config.cert is None:
        return DevelopmentContexts(config.host)
    _warn_of_dates(config.cert)
    file_context(config.cert, config.key)
    cert, key = config.cert, config.key
    return lambda _address: file_context(cert, key)


def file_context(cert: Path, key: Path | None = None) -> ssl.SSLContext:
    """A context from PEM files; the key may be in the certificate's file.

    Raises ConfigError that says what is wrong with which file.
    """
    if key is None and b"PRIVATE KEY" not in _read(cert, "--cert"):
        raise ConfigError(f"--cert: {cert} holds no private key: give its file with --key")
    if b"BEGIN CERTIFICATE" not in _read(cert, "--cert"):
        raise ConfigError(f"--cert: {cert} is not a PEM certificate")
    if key is not None and b"PRIVATE KEY" not in _read(key, "--key"):
        raise ConfigError(f"--key: {key} is not a PEM private key")
    context = _context()
    try:
        context.load_cert_chain(cert, key, password=partial(_refuse_encrypted, key or cert))
    except ssl.SSLError as error:
        if error.reason in ("KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH"):
            raise ConfigError(f"{key or cert} is not the private key of {cert}") from error
        reason = f" ({error.reason})" if error.reason else ""
        raise ConfigError(f"{cert} and {key or cert} cannot be used for TLS{reason}") from error
    return context


def _read(path: Path, option: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{option}: {path}: {error.strerror}") from error


def _refuse_encrypted(path: Path) -> str:
    raise ConfigError(
        f"{path} is encrypted: decrypt it with `openssl pkey -in {path} -out key.pem`"
    )


def _warn_of_dates(cert: Path) -> None:
    from datetime import UTC, datetime

    from cryptography import x509

    try:
        certificate = x509.load_pem_x509_certificate(_read(cert, "--cert"))
    except ValueError:
        return  # the context's maker says what is wrong
    now, until = datetime.now(UTC), certificate.not_valid_after_utc
    if now > until:
        logger.warning("%s expired on %s: clients will refuse it", cert, until.date())
    elif now < certificate.not_valid_before_utc:
        logger.warning("%s is valid only from %s", cert, certificate.not_valid_before_utc)


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    return context


@dataclass
class _Named:
    context: ssl.SSLContext
    is_used_again: bool = False


class DevelopmentContexts:
    """A ContextFactory: the development authority issues certificates as names are asked for."""

    def __init__(self, host: str) -> None:
        """host: as the user gave it to the listener."""
        machine = socket.gethostname()
        short = machine.partition(".")[0]
        self._names = (*THIS_MACHINE, machine, f"{short}.local", host)
        self._host = host
        self._authority: Authority | None = None
        self._named: dict[
            str, _Named
        ] = {}  # by the name that clients asked for, the last at the end

    def __call__(self, address: str) -> ssl.SSLContext:
        if self._authority is None:
            self._authority = self._open()
        self._named.clear()  # due for renewal as this one is
        context = self._issue(*self._names, address)
        context.sni_callback = self._answer
        return context

    def _open(self) -> Authority:
        from edgehost.server.authority import open_authority

        authority = open_authority()
        if not authority.vouches_for(self._host):
            logger.warning(
                "the development certificate authority vouches for local names only, so https://%s "
                "will not be trusted: give --cert and --key",
                self._host,
            )
        return authority

    def _issue(self, *names: str) -> ssl.SSLContext:
        assert self._authority is not None
        context = _context()
        context.load_cert_chain(self._authority.leaf(names))
        return context

    def _answer(
        self, connection: ssl.SSLObject, name: str | None, _context: ssl.SSLContext
    ) -> None:
        """Takes the certificate for the name that a client asks for, which costs 1 ms at first.

        Note: a name that is not ASCII does not get here. CPython ends the handshake, and reports
        the name through `sys.unraisablehook`.
        """
        if name is None or name in self._names:
            return
        named = self._named.pop(name, None)
        if named is not None:
            named.is_used_again = True
        elif not self._vouches_for(name):
            return  # the client sees a certificate for other names
        else:
            try:
                named = _Named(self._issue(name))
            except (ConfigError, OSError) as error:
                logger.warning("no certificate for %s: %s", name, error)
                return
            self._make_room()
        self._named[name] = named
        connection.context = named.context

    def _make_room(self) -> None:
        """Names that were asked for once give way to those in use: clients can make up any number."""
        kept = list(self._named.items())  # at once: another thread may clear it
        if len(kept) >= MAX_CONTEXTS:
            asked_once = (name for name, named in kept if not named.is_used_again)
            self._named.pop(next(asked_once, kept[0][0]), None)

    def _vouches_for(self, name: str) -> bool:
        assert self._authority is not None
        return self._authority.vouches_for(name)


@dataclass
class _Made:
    context: ssl.SSLContext
    until: float  # the event loop's time


@dataclass
class Contexts:
    """The contexts of a listener, one for each address it is reached on.

    They are made anew every hour, which takes up renewed certificates; until then, and while the
    factory fails, the old one serves.
    """

    factory: ContextFactory
    refresh_seconds: float = REFRESH_SECONDS
    _made: dict[str, _Made] = field(default_factory=dict)
    _making: dict[str, asyncio.Task[ssl.SSLContext]] = field(default_factory=dict)

    async def get(self, address: str) -> ssl.SSLContext:
        """The context for a client that reached us on this address. Raises as the factory does."""
        if address not in self._made and len(self._made) >= MAX_CONTEXTS:
            address = next(iter(self._made))
        made = self._made.get(address)
        if made is not None and asyncio.get_running_loop().time() < made.until:
            return made.context
        making = self._making.get(address)
        if making is None:
            making = self._making[address] = asyncio.create_task(self._make(address))
        return made.context if made is not None else await asyncio.shield(making)

    async def _make(self, address: str) -> ssl.SSLContext:
        loop = asyncio.get_running_loop()
        old = self._made.get(address)
        try:
            context = await loop.run_in_executor(None, self.factory, address)
        except Exception as error:
            if old is None:
                raise
            logger.warning("the TLS certificate could not be renewed: %s", error)
            context = old.context
        finally:
            del self._making[address]
        self._made[address] = _Made(context, loop.time() + self.refresh_seconds)
        return context
