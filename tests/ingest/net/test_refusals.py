"""Nobody is made to connect to a machine that is not public, however the address is written."""

import ipaddress

import pytest

from sousveil.ingest.net.guard import network_of, refusal
from sousveil.ingest.net.policy import NEUTRAL, Policy, PolicyError


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.1.1",
        "172.16.0.1",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fc00::1",
        "fe80::1",
        "fe80::1%1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "2001::1",
        "3fff::1",
        "5f00::1",
        "64:ff9b:1::1",
        "100::1",
    ],
)
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    assert refusal(address)


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "169.254.170.2", "fd00:ec2::254", "100.100.100.200", "168.63.129.16"]
)
def test_metadata_services_are_refused_by_name(address: str) -> None:
    assert "metadata" in str(refusal(address))


@pytest.mark.parametrize(
    "address",
    [
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "::7f00:1",
        "64:ff9b::10.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::1",
        "2002:a00:1::",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
    ],
)
def test_addresses_that_hide_such_an_address_are_refused(address: str) -> None:
    assert refusal(address)


@pytest.mark.parametrize(
    "text", ["", "localhost", "example.org", "127.1", "2130706433", "0x7f000001", "1.2.3.4/8"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    assert "is no address" in str(refusal(text))


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "8.8.8.8", "2606:4700::1111", "64:ff9b::8.8.8.8", "192.0.1.1"]
)
def test_public_addresses_pass(address: str) -> None:
    assert refusal(address) is None


def test_networks_that_are_allowed_pass_and_no_other() -> None:
    allow = (ipaddress.ip_network("100.64.0.0/10"), ipaddress.ip_network("2001:db8::/32"))
    assert refusal("100.64.0.1", allow) is None
    assert refusal("2001:db8::1", allow) is None
    assert refusal("100.63.0.1") is None  # public, just below
    assert refusal("127.0.0.1", allow)
    assert refusal("::ffff:127.0.0.1", allow)


def test_machines_of_one_network_share_a_rate() -> None:
    assert network_of("192.0.2.1") == network_of("192.0.2.254") != network_of("192.0.3.1")
    assert network_of("2001:db8::1") == network_of("2001:db8:0:ffff::1") != network_of("2001:db8:1::1")
    assert network_of("::1") == "::/48"


def test_agent_says_who_looks_unless_it_is_told_not_to() -> None:
    assert Policy(contact="me@example.org").user_agent.endswith("; me@example.org)")
    assert Policy().user_agent.startswith("sousveil/")
    assert "sousveil" not in Policy(agent=NEUTRAL, contact="me@example.org").user_agent


def test_proxy_is_an_address_that_resolves_names_itself() -> None:
    assert Policy(proxy="socks5h://127.0.0.1:9050").proxy_address == ("127.0.0.1", 9050)
    assert Policy(proxy="socks5h://[::1]").proxy_address == ("::1", 1080)
    assert Policy(proxy="socks5h://localhost:9150").proxy_address == ("127.0.0.1", 9150)
    for proxy in (
        "socks5://127.0.0.1",
        "http://127.0.0.1",
        "socks5h://proxy.example",
        "socks5h://127.0.0.1:x",
    ):
        with pytest.raises(PolicyError, match="write socks5h"):
            assert Policy(proxy=proxy).proxy_address
