"""`edgehost cert`: the development certificate authority, and who trusts it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from edgehost.errors import ConfigError

if TYPE_CHECKING:
    from edgehost.cli import trust_stores
    from edgehost.server.authority import Authority


@click.group(short_help="Show, trust or find the development certificate authority.")
def cert() -> None:
    """The development certificate authority: show it, trust it, or find its file.

    It is made the first time that it is needed, and signs the certificates of the https and wss
    addresses of this machine. Its key stays in your data folder (EDGEHOST_HOME moves it).
    """


@cert.command()
def show() -> None:
    """Print the authority's subject, validity, SHA-256 fingerprint and file."""
    from edgehost.server import certificates

    authority = _authority()
    certificate = authority.certificate
    rows = (
        ("subject", certificate.subject.rfc4514_string()),
        ("valid from", f"{certificate.not_valid_before_utc:%Y-%m-%d}"),
        ("valid until", f"{certificate.not_valid_after_utc:%Y-%m-%d}"),
        ("SHA-256", certificates.fingerprint(certificate)),
        ("file", str(authority.certificate_file)),
    )
    for label, value in rows:
        click.echo(f"{label + ':':<13}{value}")


@cert.command()
def path() -> None:
    """Print only the path of the authority's certificate (PEM)."""
    click.echo(_authority().certificate_file)


@cert.command()
@click.option(
    "--system/--no-system", default=True, help="Also the system's store, which needs its owner."
)
def trust(system: bool) -> None:
    """Add the authority to the certificate stores of this machine's browsers and system.

    Exits with 1 when no store took it.
    """
    from edgehost.cli import trust_stores
    from edgehost.server import certificates

    authority = _authority()
    name = certificates.common_name(authority.certificate)
    any_trusts = False
    root = trust_stores.Authority(authority.certificate_file, name)
    for outcome in trust_stores.trust_everywhere(root, system=system):
        any_trusts = any_trusts or outcome.trusted
        _print(outcome)
    if not any_trusts:
        raise click.exceptions.Exit(1)
    click.echo("Restart browsers that are open.")


def _print(outcome: trust_stores.Outcome) -> None:
    if outcome.trusted:
        click.echo(f"trusted by {outcome.store}")
        return
    click.echo(f"not added to {outcome.store}: {outcome.why_not}")
    if outcome.by_hand:
        click.echo(f"  by hand: {outcome.by_hand}")


def _authority() -> Authority:
    from edgehost.server.authority import open_authority

    try:
        return open_authority()
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
