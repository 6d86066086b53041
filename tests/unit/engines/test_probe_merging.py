"""Few probes ask what many would, and an expression finds all it speaks of."""

from __future__ import annotations

from core.engines.postgresql.probe_merging import WIDEST, ProbeColumn, TableProbe, merged


def probe(name: str, *columns: str, check: str = "", generated: str | None = None) -> TableProbe:
    """Build a probe from columns written as `name type`; the last one may be generated."""
    built = [
        ProbeColumn(id=f"{name}.{each}", name=each.split()[0], written=each, generated=None)
        for each in columns
    ]
    if generated is not None:
        built.append(
            ProbeColumn(id=f"{name}.made", name="made", written="made text", generated=generated)
        )
    checks = ((f"{name}.check", check),) if check else ()
    return TableProbe(name=name, columns=tuple(built), checks=checks, indexes=())


def names(built: TableProbe) -> list[str]:
    """Return the names of a probe's columns."""
    return [column.name for column in built.columns]


def test_tables_that_agree_share_one_probe() -> None:
    """Columns that no expression speaks of are left out."""
    probes = [
        probe("first", "a int", "b int", check="a > 0"),
        probe("second", "a int", "c int", check="A < c"),
    ]
    (joined,) = merged(probes)
    assert joined.name is None
    assert names(joined) == ["a", "c"]
    assert joined.checks == (("first.check", "a > 0"), ("second.check", "A < c"))


def test_tables_that_mean_different_columns_by_a_name_do_not_share() -> None:
    """By type, or because one of them is generated."""
    probes = [
        probe("first", "a int", check="a > 0"),
        probe("second", "a text", check="a > ''"),
        probe("third", generated="lower('X')"),
        probe("fourth", generated="upper('x')"),
    ]
    assert [names(each) for each in merged(probes)] == [["a", "made"], ["a", "made"]]


def test_a_table_that_speaks_of_itself_keeps_its_name_and_columns() -> None:
    """Also when it does so in other letters, or in escapes that hide it."""
    for check in ("First IS NOT NULL", 'U&"\\0066irst" IS NOT NULL'):
        (alone,) = merged([probe("first", "a int", "b int", check=check)])
        assert alone.name == "first"
        assert names(alone) == ["a", "b"]


def test_a_name_with_quotation_marks_is_found() -> None:
    """They are doubled in expressions."""
    (built,) = merged([probe("first", 'a"b int', check='"a""b" > 0')])
    assert names(built) == ['a"b']


def test_probes_do_not_grow_beyond_what_a_table_holds() -> None:
    """The rest goes into another."""
    probes = [
        probe(f"table{n}", *(f"c{n}x{m} int" for m in range(100)), check=f"c{n}x") for n in range(5)
    ]
    probes = [
        TableProbe(
            name=each.name,
            columns=each.columns,
            checks=((each.checks[0][0], " ".join(column.name for column in each.columns)),),
            indexes=(),
        )
        for each in probes
    ]
    assert [len(each.columns) for each in merged(probes)] == [WIDEST, 100]
