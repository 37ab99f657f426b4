"""The development certificate authority: made once per user, kept in the user's data folder.

The rules of this file:
- The folder `authority` appears whole or not at all: it is built beside and renamed, so that
  concurrent starts agree on one. The key never leaves it.
- `cryptography` (by way of `certificates`) is imported when the first certificate is needed: plain
  http never pays for it.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edgehost import folders
from edgehost.errors import ConfigError

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

MAX_LEAVES = 100  # files kept; the oldest go first

_RENEW = "delete that folder to have a new one made, and trust it with `edgehost cert trust`"


@dataclass(frozen=True)
class Authority:
    """The authority's certificate and key, as read from its folder."""

    folder: Path
    certificate: x509.Certificate
    key: EllipticCurvePrivateKey

    @property
    def certificate_file(self) -> Path:
        """PEM; what a browser is told to trust."""
        return _certificate_file(self.folder)

    def vouches_for(self, name: str) -> bool:
        """Whether browsers accept a certificate of this authority for that host or address."""
        from edgehost.server import certificates

        return certificates.permits(self.certificate, certificates.normal_name(name))

    def leaf(self, names: Iterable[str]) -> Path:
        """A PEM file with a server's key and the certificate that gives it these names.

        Names that the authority cannot vouch for are left out: one of them would spoil the whole.
        The file is used again until it is due for renewal.

        Raises ConfigError when no name is left, or when the folder cannot be written.
        """
        from edgehost.server import certificates

        wanted = sorted({certificates.normal_name(name) for name in names})
        wanted = [name for name in wanted if certificates.permits(self.certificate, name)]
        if not wanted:
            raise ConfigError("the development certificate authority vouches for local names only")
        digest = hashlib.sha256("\n".join(wanted).encode()).hexdigest()
        path = self.folder / f"leaf-{digest[:32]}.pem"
        try:
            if not (
                path.is_file() and certificates.is_current(path.read_bytes(), self.certificate)
            ):
                self._write(path, certificates.issue_leaf(self.certificate, self.key, wanted))
        except OSError as error:
            raise _unusable(self.folder, error) from error
        return path

    def _write(self, path: Path, pem: bytes) -> None:
        handle, temporary = tempfile.mkstemp(dir=self.folder, prefix=".leaf-")  # mode 0600
        try:
            with open(handle, "wb") as file:
                file.write(pem)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
        self._prune()

    def _prune(self) -> None:
        with suppress(OSError):  # another process prunes too
            files = sorted(self.folder.glob("leaf-*.pem"), key=lambda file: file.stat().st_mtime)
            for file in files[:-MAX_LEAVES]:
                file.unlink()


def open_authority() -> Authority:
    """This user's authority, made now if there is none.

    Raises ConfigError when it cannot be made or read, or has expired.
    """
    from edgehost.server import certificates

    folder = folders.data() / "authority"
    try:
        if not folder.exists():
            _create(folder)
    except OSError as error:
        raise _unusable(folder, error) from error
    try:
        pems = _certificate_file(folder).read_bytes(), _key_file(folder).read_bytes()
        authority = Authority(folder, *certificates.load_pair(*pems))
    except FileNotFoundError as error:
        raise _damaged(folder, f"{error.filename} is missing") from error
    except OSError as error:
        raise _unusable(folder, error) from error
    except (ValueError, TypeError) as error:
        raise _damaged(folder, str(error)) from error
    if certificates.is_expired(authority.certificate):
        raise ConfigError(f"the development certificate authority in {folder} expired: {_RENEW}")
    return authority


def _damaged(folder: Path, why: str) -> ConfigError:
    return ConfigError(
        f"the development certificate authority in {folder} is damaged ({why}): {_RENEW}"
    )


def _unusable(folder: Path, error: OSError) -> ConfigError:
    return ConfigError(
        f"cannot use the development certificate authority in {folder} ({error.strerror}): "
        f"set {folders.HOME_VARIABLE} to a folder of yours, or give --cert and --key, or --no-tls"
    )


def _certificate_file(folder: Path) -> Path:
    return folder / "ca.pem"


def _key_file(folder: Path) -> Path:
    return folder / "ca-key.pem"


def _create(folder: Path) -> None:
    """Makes the folder with both files in one step; a concurrent maker may win."""
    from edgehost.server import certificates

    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".authority-"))  # mode 0700
    made = (_certificate_file(beside), _key_file(beside))
    try:
        certificate, key = certificates.issue_authority()
        _write_durably(made[0], certificate, 0o644)
        _write_durably(made[1], key, 0o600)
        try:
            os.rename(beside, folder)
        except OSError:
            if not folder.exists():  # nobody else won
                raise
    finally:
        for path in made:
            path.unlink(missing_ok=True)
        with suppress(FileNotFoundError):
            beside.rmdir()


def _write_durably(path: Path, data: bytes, mode: int) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
