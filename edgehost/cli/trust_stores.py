"""The certificate stores of this machine, and how an authority gets into each.

A store is changed only by its own tool, and only where this user may: nothing asks for a password.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TOOL_SECONDS = 120.0  # macOS and Windows ask the user in a window

LINUX_STORES = (  # where distributions keep added authorities, and what takes them up
    ("/usr/local/share/ca-certificates", ("update-ca-certificates",)),  # Debian, Alpine
    ("/etc/pki/ca-trust/source/anchors", ("update-ca-trust", "extract")),  # Fedora
    ("/etc/ca-certificates/trust-source/anchors", ("trust", "extract-compat")),  # Arch
    ("/usr/share/pki/trust/anchors", ("update-ca-certificates",)),  # openSUSE
)
SNAP_CHROMIUM = "snap/chromium/current/.pki/nssdb"
FIREFOX_PROFILES = (
    ".mozilla/firefox",
    ".config/mozilla/firefox",
    "snap/firefox/common/.mozilla/firefox",
    ".var/app/org.mozilla.firefox/.mozilla/firefox",
    "Library/Application Support/Firefox/Profiles",
    "AppData/Roaming/Mozilla/Firefox/Profiles",
)
NSS_TOOLS_HINT = (
    "certutil is not installed: it is in libnss3-tools (Debian), nss-tools (Fedora), nss (Arch, "
    "Homebrew)"
)


@dataclass(frozen=True, slots=True)
class Authority:
    """What the stores need to know of it."""

    file: Path  # PEM
    name: str  # unique to it


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one store."""

    store: str
    trusted: bool
    why_not: str = ""
    by_hand: str = ""  # a command, where there is one


def trust_everywhere(authority: Authority, *, system: bool = True) -> Iterator[Outcome]:
    """Adds the authority to every store that it finds; yields as it goes."""
    if system:
        yield _trust_in_system(authority)
    certutil = None if os.name == "nt" else shutil.which("certutil")  # Windows' is another tool
    for label, folder in _databases():
        yield _trust_in_database(authority, certutil, label, folder)


# The system's store


def _trust_in_system(authority: Authority) -> Outcome:
    if sys.platform == "darwin":
        keychain = Path.home() / "Library/Keychains/login.keychain-db"
        command = ["security", "add-trusted-cert", "-k", str(keychain), str(authority.file)]
        return _run("the login keychain", command)
    if os.name == "nt":
        command = ["certutil", "-user", "-addstore", "Root", str(authority.file)]
        return _run("the user's root store", command)
    return _trust_in_linux(authority)


def _trust_in_linux(authority: Authority) -> Outcome:
    label = "the system store"
    for folder, command in LINUX_STORES:
        if Path(folder).is_dir() and shutil.which(command[0]):
            break
    else:
        return Outcome(label, False, "this system has none that we know")
    target = Path(folder) / f"{authority.name.replace(' ', '-')}.crt"
    by_hand = (
        f"sudo cp {shlex.quote(str(authority.file))} {shlex.quote(str(target))} "
        f"&& sudo {shlex.join(command)}"
    )
    try:
        shutil.copyfile(authority.file, target)
    except PermissionError:
        return Outcome(label, False, "only root may change it", by_hand)
    except OSError as error:
        return Outcome(label, False, str(error), by_hand)
    return _run(f"{label} ({folder})", list(command), by_hand)


# The browsers' databases


def _databases() -> Iterator[tuple[str, Path]]:
    """Of Chromium and Firefox; they are called NSS databases, after the library."""
    home = Path.home()
    old = home / ".pki/nssdb"
    new = Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share") / "pki/nssdb"
    chromium = [folder for folder in (old, new, home / SNAP_CHROMIUM) if folder.is_dir()]
    if sys.platform == "linux" and old not in chromium and new not in chromium:
        # Every version reads the old one where it exists; made beside the new one it would hide it.
        chromium.insert(0, old)
    for folder in chromium:
        yield "Chromium and Chrome", folder
    for name in FIREFOX_PROFILES:
        for file in sorted((home / name).glob("*/cert9.db")):
            yield "Firefox", file.parent


def _trust_in_database(
    authority: Authority, certutil: str | None, label: str, folder: Path
) -> Outcome:
    store = f"{label} ({folder})"
    database = f"sql:{folder}"
    # C: may issue certificates for servers, and for nothing else.
    add = ["-A", "-d", database, "-t", "C,,", "-n", authority.name, "-i", str(authority.file)]
    make = ["-N", "-d", database, "--empty-password"]
    missing = not (folder / "cert9.db").exists()
    by_hand = shlex.join(["certutil", *add])
    if missing:
        quoted = shlex.quote(str(folder))
        by_hand = f"mkdir -p {quoted} && {shlex.join(['certutil', *make])} && {by_hand}"
    if certutil is None:
        return Outcome(store, False, NSS_TOOLS_HINT, by_hand)
    if missing:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            return Outcome(store, False, str(error), by_hand)
        made = _run(store, [certutil, *make], by_hand)
        if not made.trusted:
            return made
    return _run(store, [certutil, *add], by_hand)


def _run(store: str, command: list[str], by_hand: str = "") -> Outcome:
    """The outcome of a store's own tool."""
    by_hand = by_hand or shlex.join(command)
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,  # a database with a password would be asked for here
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TOOL_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Outcome(store, False, str(error), by_hand)
    if done.returncode == 0:
        return Outcome(store, True)
    said = (done.stderr or done.stdout).strip().splitlines()
    tool = Path(command[0]).name
    return Outcome(store, False, said[-1] if said else f"{tool} failed", by_hand)
