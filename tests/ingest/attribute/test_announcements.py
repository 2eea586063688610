"""Who announces an address, by a table of the user's own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sousveil.ingest.attribute.announcements import Table, TableError, announced
from sousveil.ingest.records import Observation

See = Callable[..., Observation]
TEXT = b"# a remark\n192.0.2.0/24\t64500\tZZ\tWIDE\n192.0.2.128/25\tAS64501\n2001:db8::/32\t64502\tNL\tSIX\n"
TABLE = Table.parse(TEXT, "asn.tsv")


@pytest.mark.parametrize(
    ("address", "number"),
    [
        ("192.0.2.1", "64500"),
        ("192.0.2.127", "64500"),
        ("192.0.2.128", "64501"),
        ("2001:db8:1::1", "64502"),
        ("192.0.3.0", None),
        ("::c000:201", None),
        ("www.example.org", None),
    ],
)
def test_longest_prefix_announces_an_address(address: str, number: str | None) -> None:
    found = TABLE.of(address)
    assert (found.number if found else None) == number


def test_address_without_a_system_gets_the_one_of_the_table(see: See) -> None:
    address = see("address", "192.0.2.1")
    first, added = announced([address], TABLE)
    assert first == address
    assert (added.target, added.subject, added.kind, added.value) == (
        "192.0.2.1",
        "192.0.2.1",
        "asn",
        "64500",
    )
    assert added.detail == (("country", "ZZ"), ("name", "WIDE"), ("prefix", "192.0.2.0/24"))
    assert added.evidence == TABLE.digest


def test_what_a_registry_said_stands(see: See) -> None:
    seen = [see("address", "192.0.2.1"), see("asn", "64999", subject="192.0.2.1", target="192.0.2.1")]
    assert list(announced(seen, TABLE)) == seen


@pytest.mark.parametrize("line", ["192.0.2.1/24\t1", "192.0.2.0/24", "192.0.2.0/24\tABC", "nothing"])
def test_line_that_is_none_is_named(line: str) -> None:
    with pytest.raises(TableError, match=r"^t\.tsv, line 2: .*PREFIX"):
        Table.parse(f"192.0.2.0/24\t1\n{line}\n".encode(), "t.tsv")
