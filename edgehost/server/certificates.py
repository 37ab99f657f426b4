"""X.509 as the development authority uses it: what is in its certificates, and what it may sign.

Imports `cryptography`, so it is itself imported only when a certificate is needed.

A stolen authority key is worth little: the authority can vouch only for names and addresses that
are never public, only for servers, and for no further authority. Browsers hold a root to that. A
machine's single-label name is not among them: a constraint on "dev" would permit all of .dev.
"""

from __future__ import annotations

import ipaddress
import secrets
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, IPv6Network

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = ec.EllipticCurvePrivateKey

PERMITTED_NAMES = (  # each with every name below it
    "localhost",
    "test",
    "local",  # multicast DNS
    "internal",
    "home.arpa",
    "lan",  # never delegated, and what many routers call theirs
)
PERMITTED_NETWORKS = (
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "100.64.0.0/10",  # carrier-grade NAT, and overlay networks such as Tailscale
    "0.0.0.0/32",  # browsers open https://0.0.0.0 as this machine
    "::1/128",
    "::/128",
    "fc00::/7",
    "fe80::/10",
)

SKEW = timedelta(days=1)  # clocks of phones and virtual machines lag
AUTHORITY_DAYS = 3650
LEAF_DAYS = 397  # from first to last; browsers distrust longer ones
RENEW_BEFORE = timedelta(days=30)


def normal_name(name: str) -> str:
    """One spelling for a host: lower case, no root dot, no brackets, no zone."""
    name = name.strip("[]").rstrip(".").lower()
    try:
        return str(ipaddress.ip_address(name.partition("%")[0]))
    except ValueError:
        return name


def permits(authority: x509.Certificate, name: str) -> bool:
    """Whether a certificate of this authority for that (normal) name is accepted."""
    constraints = authority.extensions.get_extension_for_class(x509.NameConstraints).value
    permitted = [each.value for each in constraints.permitted_subtrees or ()]
    general = _general_name(name)
    if general is None:
        return False
    if isinstance(general, x509.DNSName):
        return any(isinstance(each, str) and f".{name}".endswith(f".{each}") for each in permitted)
    networks = [each for each in permitted if isinstance(each, (IPv4Network, IPv6Network))]
    return any(general.value in network for network in networks)


def issue_authority() -> tuple[bytes, bytes]:
    """A new authority's certificate and key, both PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    # Unique, so that an earlier authority may still lie in a browser's store under its own name.
    name = _subject(f"edgehost development authority {secrets.token_hex(4)}")
    permitted: list[x509.GeneralName] = [
        *(x509.DNSName(suffix) for suffix in PERMITTED_NAMES),
        *(x509.IPAddress(ipaddress.ip_network(network)) for network in PERMITTED_NETWORKS),
    ]
    builder = (
        _builder(name, name, key, key, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage("key_cert_sign", "crl_sign"), critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
    )
    return _signed(builder, key), _key_pem(key)


def issue_leaf(authority: x509.Certificate, authority_key: Key, names: list[str]) -> bytes:
    """A new server key and its certificate, one PEM. The names are normal and permitted."""
    key = ec.generate_private_key(ec.SECP256R1())
    general = [each for name in names if (each := _general_name(name)) is not None]
    subject = _subject("edgehost development server")
    builder = (
        _builder(subject, authority.subject, key, authority_key, LEAF_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage("digital_signature"), critical=True)
        .add_extension(x509.SubjectAlternativeName(general), critical=False)
    )
    return _key_pem(key) + _signed(builder, authority_key)


def load_pair(certificate_pem: bytes, key_pem: bytes) -> tuple[x509.Certificate, Key]:
    """An authority from its two PEMs. Raises ValueError when they are damaged or not a pair."""
    certificate = x509.load_pem_x509_certificate(certificate_pem)
    key = load_pem_private_key(key_pem, None)
    if not isinstance(key, Key) or key.public_key() != certificate.public_key():
        raise ValueError("the key is not the certificate's")
    return certificate, key


def is_current(leaf_pem: bytes, authority: x509.Certificate) -> bool:
    """Whether the leaf is this authority's and not due for renewal."""
    try:
        leaf = x509.load_pem_x509_certificate(leaf_pem)
        leaf.verify_directly_issued_by(authority)
    except (ValueError, InvalidSignature):
        return False
    now = datetime.now(UTC)
    return leaf.not_valid_before_utc <= now < leaf.not_valid_after_utc - RENEW_BEFORE


def is_expired(certificate: x509.Certificate) -> bool:
    return datetime.now(UTC) >= certificate.not_valid_after_utc


def common_name(certificate: x509.Certificate) -> str:
    return str(certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256, as browsers and openssl print it."""
    return certificate.fingerprint(SHA256()).hex(":").upper()


def _general_name(name: str) -> x509.DNSName | x509.IPAddress | None:
    """As certificates spell it; None when it is neither an address nor an ASCII host name."""
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        labels = name.split(".")
    sound = all(0 < len(label) < 64 and _is_label(label) for label in labels)
    return x509.DNSName(name) if sound and len(name) < 254 else None


def _is_label(label: str) -> bool:
    return label.isascii() and label.replace("-", "a").replace("_", "a").isalnum()


def _subject(common_name: str) -> x509.Name:
    pairs = ((NameOID.ORGANIZATION_NAME, "edgehost"), (NameOID.COMMON_NAME, common_name))
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in pairs])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: Key, issuer_key: Key, days: int
) -> x509.CertificateBuilder:
    """What both kinds have in common. Neither is good for anything but servers."""
    start = datetime.now(UTC) - SKEW
    key_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    issuer_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    servers = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    return (
        x509.CertificateBuilder(issuer, subject, key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .add_extension(key_id, critical=False)
        .add_extension(issuer_id, critical=False)
        .add_extension(servers, critical=False)
    )


def _key_usage(*granted: str) -> x509.KeyUsage:
    kinds = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{kind: kind in granted for kind in kinds})


def _signed(builder: x509.CertificateBuilder, key: Key) -> bytes:
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM)


def _key_pem(key: Key) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
