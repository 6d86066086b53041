"""Which addresses of servers are accepted."""

from __future__ import annotations

import pytest

from core.databases.server_address import check_address, check_destination
from core.databases.server_errors import ServerAddressError

FINE = (
    "postgresql://account:secret@db.example.org:5433/postgres?sslmode=require",
    "postgres://account@127.0.0.1",
    "postgres://account@127.1",
    "postgres://account@[64:ff9b::a00:7]",
    "postgres://account@[2002:a00:7::1]",
    "postgres://account@[fd12:3456:789a::7]",
    "postgres://account@0x-db.example.org",
    "postgresql://account@[::1]:5432/postgres",
    "postgresql://a%40b:s%2Fp@10.0.0.7/postgres?sslmode=verify-full&gssencmode=disable",
)

SPELLINGS = {
    "one number": "2852039166",
    "one number in hexadecimal": "0xa9fea9fe",
    "one number in capitals": "0XA9FEA9FE",
    "one number in octal": "025177524776",
    "two numbers": "169.16689662",
    "three numbers": "169.254.43518",
    "octal": "0251.0376.0251.0376",
    "hexadecimal": "0xa9.0xfe.0xa9.0xfe",
    "a dot behind": "169.254.169.254.",
    "every address, short": "0",
    "every address, in hexadecimal": "0x0",
    "many machines as a number": "0xe0000001",
    "mapped": "[::ffff:a9fe:a9fe]",
    "6to4": "[2002:a9fe:a9fe::1]",
    "6to4 of every address": "[2002::1]",
    "NAT64": "[64:ff9b::a9fe:a9fe]",
    "NAT64 of a network's own": "[64:ff9b:1::a9fe:a9fe]",
    "Teredo": "[2001:0:4136:e378:8000:63bf:5601:5601]",
    "link-local": "[fe80::1]",
    "metadata of Amazon": "[fd00:ec2::254]",
    "the same, spelled out": "[fd00:0ec2:0000::0254]",
    "credentials of Amazon": "[fd00:ec2::23]",
    "metadata of Google": "[fd20:ce::254]",
    "metadata of Azure": "168.63.129.16",
    "metadata of Oracle": "192.0.0.192",
    "metadata of Alibaba": "100.100.100.200",
    "the same as a number": "0x646464c8",
}
"""Hosts at which no server stands, however they are spelled."""

NONSENSE = {
    **{name: f"postgresql://account@{host}/postgres" for name, host in SPELLINGS.items()},
    "another protocol": "http://account@db.example.org/",
    "a path to a socket": "postgresql://account@%2Fvar%2Frun%2Fpostgresql/postgres",
    "no host": "postgresql:///postgres",
    "several hosts": "postgresql://account@one,two/postgres",
    "no account": "postgresql://db.example.org/postgres",
    "several databases": "postgresql://account@db/one/two",
    "a fragment": "postgresql://account@db/postgres#more",
    "a port that is none": "postgresql://account@db:99999/postgres",
    "a file of passwords": "postgresql://account@db/postgres?passfile=/etc/passwd",
    "a file of certificates": "postgresql://account@db/postgres?sslrootcert=/etc/shadow",
    "another host behind": "postgresql://account@db/postgres?hostaddr=169.254.169.254",
    "settings of sessions": "postgresql://account@db/postgres?options=-csearch_path%3Dx",
    "a parameter without a value": "postgresql://account@db/postgres?sslmode",
    "machine-local metadata": "postgresql://account@169.254.169.254/postgres",
    "the same, wrapped": "postgresql://account@[::ffff:169.254.169.254]/postgres",
    "every address": "postgresql://account@0.0.0.0/postgres",
    "many machines": "postgresql://account@224.0.0.1/postgres",
    "port 0": "postgresql://account@db:0/postgres",
    "an @ that is not escaped": "postgresql://account@other:secret@db/postgres",
    "a % that escapes nothing": "postgresql://account:100%@db/postgres",
    "an escape that is none": "postgresql://account:%zz@db/postgres",
    "an escaped zero": "postgresql://account:%00@db/postgres",
    "escapes that are no UTF-8": "postgresql://account:%ff@db/postgres",
    "the same in a database's name": "postgresql://account@db/%ff",
    "the same in a parameter": "postgresql://account@db/postgres?sslmode=%ff",
    "a mode that is none": "postgresql://account@db/postgres?sslmode=perhaps",
    "no mode": "postgresql://account@db/postgres?sslmode=",
    "a space": "postgresql://account@db/post gres",
    "a new line": "postgresql://account@db/postgres\n",
    "too long": "postgresql://account@db/" + "a" * 2000,
    "nothing": "",
}


@pytest.mark.parametrize("url", FINE)
def test_an_account_on_one_host_is_accepted(url: str) -> None:
    """Private networks are where servers stand."""
    check_address(url)


@pytest.mark.parametrize("url", NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_is_refused_and_not_repeated(url: str) -> None:
    """An address holds a password."""
    with pytest.raises(ServerAddressError) as caught:
        check_address(url)
    assert "account@" not in caught.value.sentence.replace("account:password@", "")


def test_a_name_that_leads_to_a_refused_address_is_refused() -> None:
    """Any of its addresses may be the one that is connected to."""
    asked: list[tuple[str, int]] = []

    def resolve(host: str, port: int) -> tuple[str, ...]:
        asked.append((host, port))
        return ("10.0.0.7", "fe80::1%eth0")

    with pytest.raises(ServerAddressError, match="name leads"):
        check_destination("postgresql://account@db.example.org:5433/postgres", resolve=resolve)
    assert asked == [("db.example.org", 5433)]


@pytest.mark.parametrize("addresses", [("10.0.0.7", "64:ff9b::a00:7"), ()], ids=["fine", "none"])
def test_other_names_are_left_to_whoever_connects(addresses: tuple[str, ...]) -> None:
    """Whether a server is there is found out by connecting."""
    check_destination("postgresql://account@db", resolve=lambda _host, _port: addresses)


def test_a_name_that_is_none_leads_nowhere() -> None:
    """That no server answers is told by whoever connects."""
    check_destination("postgresql://account@db..example.org/postgres")
    check_destination("postgresql://account@127.0.0.1/postgres")
