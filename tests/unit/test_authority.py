"""The development certificate authority: its files, what it signs, and who may be two at once."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from edgehost.errors import ConfigError
from edgehost.server import authority as authority_module, certificates
from edgehost.server.authority import Authority, open_authority


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EDGEHOST_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "authority"


def leaf_of(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def names_in(path: Path) -> set[str]:
    names = leaf_of(path).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(name.value) for name in names}


def test_is_made_once() -> None:
    first, second = open_authority(), open_authority()
    assert first.certificate == second.certificate
    assert first.certificate_file.read_bytes().startswith(b"-----BEGIN CERTIFICATE")


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX systems")
def test_its_secrets_are_for_the_user_only(folder: Path) -> None:
    old = os.umask(0)
    try:
        leaf = open_authority().leaf(["localhost"])
    finally:
        os.umask(old)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "ca-key.pem").stat().st_mode) == 0o600
    assert stat.S_IMODE(leaf.stat().st_mode) == 0o600


def test_a_start_that_loses_the_race_takes_the_winners(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue, winners = certificates.issue_authority, []

    def overtaken() -> tuple[bytes, bytes]:
        monkeypatch.setattr(certificates, "issue_authority", issue)
        winners.append(open_authority())
        return issue()

    monkeypatch.setattr(certificates, "issue_authority", overtaken)
    assert open_authority().certificate == winners[0].certificate
    assert [path.name for path in folder.parent.iterdir()] == ["authority"]


def test_concurrent_starts_agree() -> None:
    barrier, made = Barrier(8), []

    def start() -> None:
        barrier.wait()
        made.append(open_authority().certificate)

    threads = [Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert len({certificates.fingerprint(certificate) for certificate in made}) == 1


def test_a_failed_making_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "rename", fail)
    with pytest.raises(ConfigError, match="No space left"):
        open_authority()
    assert list(folder.parent.iterdir()) == []


def test_each_authority_has_its_own_name(folder: Path) -> None:
    first = open_authority().certificate
    folder.rename(folder.with_name("earlier"))
    assert certificates.common_name(first) != certificates.common_name(open_authority().certificate)


def test_signs_only_servers_with_local_names_and_no_authorities() -> None:
    extensions = open_authority().certificate.extensions
    basic = extensions.get_extension_for_class(x509.BasicConstraints)
    assert (basic.critical, basic.value.ca, basic.value.path_length) == (True, True, 0)
    constraints = extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    permitted = {str(each.value) for each in constraints.value.permitted_subtrees or ()}
    assert {"localhost", "local", "test", "127.0.0.0/8", "::1/128", "192.168.0.0/16"} <= permitted
    usage = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]


@pytest.mark.parametrize(
    ("name", "vouched"),
    [
        ("localhost", True),
        ("LOCALHOST.", True),
        ("app.localhost", True),
        ("a_b.c-d.test", True),
        ("printer.local", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("[::1]", True),
        ("fe80::1%eth0", True),
        ("10.1.2.3", True),
        ("172.31.0.1", True),
        ("192.168.178.20", True),
        ("0.0.0.0", True),
        ("172.32.0.1", False),
        ("8.8.8.8", False),
        ("2001:4860::8888", False),
        ("example.com", False),
        ("localhost.example.com", False),
        ("notlocalhost", False),
        ("dev", False),
        ("*.localhost", False),
        ("a..localhost", False),
        ("é.localhost", False),
        ("a\n.localhost", False),
        (f"{'a' * 64}.localhost", False),
        ("a." * 125 + "localhost", False),
        ("", False),
    ],
)
def test_vouches_for_local_names_only(name: str, vouched: bool) -> None:
    assert open_authority().vouches_for(name) is vouched


def test_a_leaf_has_the_names_that_it_may_have() -> None:
    path = open_authority().leaf(["localhost", "::1", "127.0.0.1", "example.com", "8.8.8.8"])
    assert names_in(path) == {"localhost", "::1", "127.0.0.1"}


def test_a_leaf_lasts_at_most_397_days_and_begins_before_now() -> None:
    leaf = leaf_of(open_authority().leaf(["localhost"]))
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= timedelta(days=397)
    assert leaf.not_valid_before_utc <= datetime.now(UTC) - timedelta(hours=23)


def test_a_leaf_without_a_local_name_is_refused() -> None:
    with pytest.raises(ConfigError, match="local names only"):
        open_authority().leaf(["example.com"])


def test_a_leaf_is_used_again_whatever_the_order_and_spelling() -> None:
    path = open_authority().leaf(["localhost", "::1"])
    before = path.read_bytes()
    assert open_authority().leaf(["0:0:0:0:0:0:0:1", "LocalHost"]) == path
    assert path.read_bytes() == before


def test_another_name_means_another_leaf() -> None:
    authority = open_authority()
    first = authority.leaf(["localhost"])
    second = authority.leaf(["localhost", "app.localhost"])
    assert names_in(second) == {"localhost", "app.localhost"}
    assert names_in(first) == {"localhost"}


@pytest.mark.parametrize("days", [1, 20, 30])
def test_a_leaf_is_issued_again_before_it_expires(
    days: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = open_authority()
    monkeypatch.setattr(certificates, "LEAF_DAYS", days)
    old = authority.leaf(["localhost"]).read_bytes()
    monkeypatch.undo()
    assert authority.leaf(["localhost"]).read_bytes() != old


def test_a_leaf_of_another_authority_or_damaged_is_issued_again(folder: Path) -> None:
    path = open_authority().leaf(["localhost"])
    foreign = path.read_bytes()
    folder.rename(folder.with_name("earlier"))
    authority = open_authority()
    for content in (foreign, b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"):
        (folder / path.name).write_bytes(content)
        leaf_of(authority.leaf(["localhost"])).verify_directly_issued_by(authority.certificate)


def test_only_so_many_leaves_are_kept(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(authority_module, "MAX_LEAVES", 3)
    authority = open_authority()
    for number in range(6):
        path = authority.leaf([f"n{number}.localhost"])
        os.utime(path, (number, number))
    assert len(list(folder.glob("*leaf-*"))) == 3


def _remove_key(folder: Path) -> None:
    (folder / "ca-key.pem").unlink()


def _spoil_key(folder: Path) -> None:
    (folder / "ca-key.pem").write_text("nonsense")


def _spoil_certificate(folder: Path) -> None:
    (folder / "ca.pem").write_text("nonsense")


def _swap_key(folder: Path) -> None:
    (folder / "ca-key.pem").write_bytes(certificates.issue_authority()[1])


@pytest.mark.parametrize("harm", [_remove_key, _spoil_key, _spoil_certificate, _swap_key])
def test_a_damaged_authority_is_reported_and_kept(harm: object, folder: Path) -> None:
    open_authority()
    harm(folder)  # type: ignore[operator]
    files = sorted(path.name for path in folder.iterdir())
    with pytest.raises(ConfigError, match=r"damaged.*delete that folder"):
        open_authority()
    assert sorted(path.name for path in folder.iterdir()) == files


def test_an_expired_authority_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "AUTHORITY_DAYS", 1)  # it begins a day ago
    with pytest.raises(ConfigError, match="expired"):
        open_authority()


def test_a_folder_that_cannot_be_made_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EDGEHOST_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(ConfigError, match=r"EDGEHOST_HOME.*--cert"):
        open_authority()


def test_a_leaf_that_cannot_be_written_is_reported(folder: Path) -> None:
    authority = open_authority()
    moved = Authority(folder / "missing", authority.certificate, authority.key)
    with pytest.raises(ConfigError, match="No such file"):
        moved.leaf(["localhost"])


def test_nothing_of_it_is_imported_before_it_is_needed(folder: Path) -> None:
    script = (
        "import sys\n"
        "import edgehost.server.listener, edgehost.server.bind, edgehost.server.authority\n"
        "from edgehost.config import ServerConfig\n"
        "from edgehost.server.tls import context_factory\n"
        "context_factory(ServerConfig())\n"
        "print({'cryptography', 'platformdirs'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.strip() == "set()", done.stderr
    assert not folder.exists()
