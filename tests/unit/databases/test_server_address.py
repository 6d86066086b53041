"""Which addresses of servers are accepted."""

from __future__ import annotations

import pytest

from core.databases.server_address import check_address
from core.databases.server_errors import ServerAddressError

FINE = (
    "postgresql://account:secret@db.example.org:5433/postgres?sslmode=require",
    "postgres://account@127.0.0.1",
    "postgresql://account@[::1]:5432/postgres",
    "postgresql://a%40b:s%2Fp@10.0.0.7/postgres?sslmode=verify-full&gssencmode=disable",
)

NONSENSE = {
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
