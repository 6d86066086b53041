"""Nothing is sent to addresses that only this side of the firewall can reach."""

from __future__ import annotations

import ipaddress

import pytest

from core.webhooks.addresses import check_url, is_public, locate
from core.webhooks.errors import WebhookAddressError, WebhookHostUnknownError

PRIVATE = (
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "224.0.0.1",
    "255.255.255.255",
    "192.0.2.1",
    "240.0.0.1",
    "::",
    "::1",
    "fe80::1",
    "fc00::1",
    "fd00:ec2::254",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:a9fe:a9fe",
    "64:ff9b::10.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
)


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_off_the_internet_is_not_public(address: str) -> None:
    """Loopback, private, link-local, metadata, multicast, documentation; also when wrapped."""
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f::1", "::ffff:8.8.8.8"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    """What is sent there can arrive."""
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://example.org:6379/_FLUSHALL",
        "https://",
        "https://user:secret@example.org/",
        "https://example.org@127.0.0.1/",
        "https://example.org\\@127.0.0.1/",
        "https://example.org/#x",
        "https://example.org/a b",
        "https://example.org/\r\nX-Injected: 1",
        "https://example.org/\x00",
        "https://ex\u00e4mple.org/",
        "https://localhost/",
        "https://localhost./",
        "https://a.localhost/",
        "https://metadata.google.internal/",
        "https://printer.local/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:169.254.169.254]/",
        "https://example.org:22/",
        "https://example.org:99999/",
        "https://[broken/",
        "https://example.org/" + "a" * 2000,
    ],
)
def test_an_address_that_cannot_be_right_is_refused_when_it_is_given(url: str) -> None:
    """Whoever makes the webhook hears of it at once."""
    with pytest.raises(WebhookAddressError):
        check_url(url, allow_private=False)


def test_a_name_is_refused_when_any_of_its_addresses_is_private() -> None:
    """A name's server can mix good and bad addresses."""

    def resolve(host: str, port: int) -> tuple[str, ...]:
        assert (host, port) == ("evil.example", 443)
        return ("93.184.215.14", "10.0.0.1")

    with pytest.raises(WebhookAddressError, match="not on the internet"):
        locate("https://evil.example/hook", allow_private=False, resolve=resolve)


@pytest.mark.parametrize("spelling", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1"])
def test_another_spelling_of_loopback_is_refused_after_it_is_resolved(spelling: str) -> None:
    """Resolvers read numbers that no reader of addresses does."""
    with pytest.raises((WebhookAddressError, WebhookHostUnknownError)):
        locate(f"https://{spelling}/", allow_private=False)


def test_the_connection_goes_to_the_address_that_was_looked_at() -> None:
    """A name's server is asked once, so a second answer leads nowhere."""
    answers = iter((("93.184.215.14",), ("127.0.0.1",)))
    found = locate(
        "https://example.org:8443/hook?a=1",
        allow_private=False,
        resolve=lambda _host, _port: next(answers),
    )
    assert (found.host, found.address, found.port) == ("example.org", "93.184.215.14", 8443)
    assert (found.is_encrypted, found.target) == (True, "/hook?a=1")


def test_a_name_without_addresses_is_unknown() -> None:
    """It may have some later, so this is tried again."""
    with pytest.raises(WebhookHostUnknownError):
        locate("https://nowhere.example/", allow_private=False, resolve=lambda _host, _port: ())


def test_private_addresses_are_used_where_that_is_wanted() -> None:
    """Receivers inside the same network are for operators to allow."""
    found = locate("http://127.0.0.1:9/x", allow_private=True)
    assert (found.address, found.port, found.is_encrypted) == ("127.0.0.1", 9, False)
