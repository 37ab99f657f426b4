"""To whom a function may connect, and how one might try to get round it."""

from __future__ import annotations

import ipaddress

import pytest

from edgehost.client.permissions import NetRules, kind_of
from edgehost.errors import ConfigError

KINDS = {
    "93.184.216.34": "public",
    "2606:2800:220:1::1": "public",
    "127.0.0.1": "loopback",
    "127.9.9.9": "loopback",
    "::1": "loopback",
    "10.1.2.3": "private",
    "172.16.0.1": "private",
    "192.168.1.1": "private",
    "100.64.0.1": "private",
    "fd12:3456::1": "private",
    "fec0::1": "private",
    "169.254.1.1": "link-local",
    "fe80::1": "link-local",
    "fe80::1%eth0": "link-local",
    "169.254.169.254": "metadata",
    "100.100.100.200": "metadata",
    "168.63.129.16": "metadata",
    "fd00:ec2::254": "metadata",
    "0.0.0.0": "special",
    "0.1.2.3": "special",
    "::": "special",
    "224.0.0.1": "special",
    "ff02::1": "special",
    "255.255.255.255": "special",
    "240.0.0.1": "special",
    # The same, wrapped.
    "::ffff:127.0.0.1": "loopback",
    "::ffff:a9fe:a9fe": "metadata",
    "::127.0.0.1": "loopback",
    "::a9fe:a9fe": "metadata",
    "64:ff9b::7f00:1": "loopback",
    "64:ff9b::a00:1": "private",
    "2002:7f00:1::": "loopback",
    "2002:a9fe:a9fe::1": "metadata",
}


@pytest.mark.parametrize(("address", "kind"), KINDS.items(), ids=KINDS.keys())
def test_an_address_is_of_a_kind_whatever_it_is_wrapped_in(address: str, kind: str) -> None:
    assert kind_of(ipaddress.ip_address(address)) == kind


def may(rules: NetRules, host: str, address: str, port: int = 443) -> bool:
    return not (
        rules.refusal_of_name(host, port)
        or rules.refusal_of_address(host, ipaddress.ip_address(address), port)
    )


ADDRESSES = {
    "public": "93.184.216.34",
    "loopback": "127.0.0.1",
    "private": "10.0.0.1",
    "link-local": "169.254.1.1",
    "metadata": "169.254.169.254",
    "special": "0.0.0.0",
}


@pytest.mark.parametrize(
    ("rules", "allowed"),
    [
        (NetRules(), {"public", "loopback", "private"}),
        (NetRules(production=True), {"public"}),
        (NetRules(["link-local,loopback"]), {"link-local", "loopback"}),
        (NetRules(["metadata"], production=True), {"metadata"}),
        (NetRules(["x.test"]), {"public", "loopback", "private"}),
        (NetRules(["*.test"], production=True), {"public", "loopback", "private"}),
        (NetRules(["*"]), {"public", "loopback", "private"}),
        (NetRules(["y.test"]), set()),
        (NetRules(["x.test:80"]), set()),
        (NetRules(["0.0.0.0/0"]), set(ADDRESSES)),
        (NetRules(deny=["x.test"]), set()),
        (NetRules(deny=["*.test"]), set()),
        (NetRules(deny=["10.0.0.0/8", "public"]), {"loopback"}),
        (NetRules(["10.0.0.0/8"], ["10.0.0.1:443"]), set()),
        (NetRules(["10.0.0.0/8"], ["10.0.0.1:80"]), {"private"}),
    ],
)
def test_where_a_name_may_lead(rules: NetRules, allowed: set[str]) -> None:
    found = {kind for kind, address in ADDRESSES.items() if may(rules, "x.test", address)}
    assert found == allowed


@pytest.mark.parametrize("host", ["x.test", "X.TEST", "x.test.", "a.x.test"])
def test_a_name_is_denied_however_it_is_written(host: str) -> None:
    assert not may(NetRules(deny=["x.test,*.x.test"]), host, ADDRESSES["public"])


def test_a_wrapped_address_is_held_against_the_rule_of_what_is_in_it() -> None:
    rules = NetRules(deny=["127.0.0.0/8"])
    for address in ("127.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "::7f00:1"):
        assert not may(rules, "x.test", address)


def test_a_refusal_says_what_was_refused_and_the_option() -> None:
    rules = NetRules(production=True)
    text = rules.refusal_of_address("x.test", ipaddress.ip_address("10.0.0.1"), 443)
    assert text == "x.test leads to a private address, which is not allowed (--allow-net)"
    assert "10.0.0.1" not in text


@pytest.mark.parametrize("text", ["a*b", "*.*", "x:0", "x:99999", "x/8", "a b:c", "[::1"])
def test_what_is_no_rule_is_said(text: str) -> None:
    with pytest.raises(ConfigError):
        NetRules([text])


@pytest.mark.parametrize(
    ("rule", "address", "port"),
    [
        ("[::1]:8080", "::1", 8080),
        ("::1", "::1", 1),
        ("2001:db8::/32", "2001:db8::9", 443),
        ("10.0.0.0/8:5432", "10.9.9.9", 5432),
        ("192.168.0.1", "192.168.0.1", 80),
    ],
)
def test_an_address_and_a_port_are_a_rule(rule: str, address: str, port: int) -> None:
    assert may(NetRules([rule]), address, address, port)
    if rule[-4:].isdigit() and ":" in rule[-5:]:
        assert not may(NetRules([rule]), address, address, port + 1)
