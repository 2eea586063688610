"""A file is read, weighed and checked before anything is written; the catalogue goes first."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest
import stores

from sousveil.catalogue import Catalogue
from sousveil.graph import BoltStore
from sousveil.ingest.journal import Journal
from sousveil.ingest.load import LoadError
from sousveil.ingest.pipeline import PipelineError, document_of, has_catalogue, ingest_catalogue, ingest_file
from sousveil.ingest.records import Evidence, Extract, Listing, digest
from sousveil.ingest.sources import Source, csl, sources
from sousveil.ingest.sources.documents import Document, SourceError

pytestmark = pytest.mark.loopback
Dump = Callable[..., list[str]]
MAY, JUNE = date(2022, 5, 1), date(2022, 6, 1)
ENTITY, FCC = "us-entity-list", "us-fcc-covered-list"


@pytest.fixture(scope="module")
def loaded(store_pool: stores.Pool) -> Iterator[BoltStore]:
    """Return the embedded store with the catalogue; each test brings a source of its own."""
    store = store_pool.clean("arcade")
    first = ingest_catalogue(store)
    assert first is not None
    assert first.extract.rows > 400
    yield store
    store.wipe()


@pytest.fixture
def tiny(request: pytest.FixtureRequest) -> Source:
    """Return a source of three entries at least, two of them on the Entity List."""
    return source_named(f"tiny {request.node.name}")


def source_named(name: str, url: str | None = "https://example.org/list.csv") -> Source:
    def read(document: Document, _catalogue: Catalogue) -> Extract:
        found = Extract(source=name, dated=document.dated or MAY, watchlists=(ENTITY, FCC))
        for row in document.rows(("entry", "list", "company")):
            found.rows += 1
            cited = Evidence(id=digest(name, row.digest), kind="row", source=name)
            entry = row.required("entry")
            listing = Listing(
                source=name, company=row.required("company"), watchlist=row.required("list"), entry=entry,
                named=entry, evidence=(cited.id,), known_from=found.dated,
            )  # fmt: skip
            row.finish()
            found.facts += [cited, listing]
        return found

    return Source(
        name=name, title="A list", publisher="An office", licence="none", url=url, rows=(3, 20),
        lists={ENTITY: 2}, read=read,
    )  # fmt: skip


def listed(entity: int, fcc: int = 0, *, dated: date | None = MAY, company: str = "hikvision") -> Document:
    """Make a file with so many entries on two lists."""
    lines = [f"e{n},{ENTITY},{company}" for n in range(entity)] + [
        f"f{n},{FCC},{company}" for n in range(fcc)
    ]
    return Document(name="list.csv", data="\n".join(["entry,list,company", *lines]).encode(), dated=dated)


def entries(home: Path) -> list[tuple[str, str | None]]:
    return [(entry.digest, entry.dated) for entry in Journal(home).entries()]


def open_entries(store: BoltStore, source: Source) -> int:
    cypher = "MATCH (:Company)-[l:LISTED_ON {source: $source}]->() WHERE l.until IS NULL RETURN count(l) AS n"
    return int(store.read(cypher, {"source": source.name}).rows[0][0])


def run_dates(store: BoltStore, source: str) -> list[date]:
    cypher = "MATCH (r:Run {source: $source}) WHERE r.finished RETURN r.dated AS dated ORDER BY dated"
    return [row[0] for row in store.read(cypher, {"source": source}).rows]


def test_catalogue_of_this_version_is_loaded_once(loaded: BoltStore) -> None:
    assert has_catalogue(loaded)
    assert ingest_catalogue(loaded) is None


def test_catalogue_goes_first(arcade: BoltStore, home: Path, tiny: Source, loaded: BoltStore) -> None:
    assert not has_catalogue(arcade)
    done = ingest_file(arcade, home, tiny, listed(3))
    assert (done.source, done.name, done.extract.rows, done.unresolved) == (tiny.name, "list.csv", 3, [])
    assert has_catalogue(loaded)
    assert open_entries(arcade, tiny) == 3


def test_whole_file_is_noted_and_loaded(loaded: BoltStore, home: Path, tiny: Source) -> None:
    document = listed(3, 2)
    ingest_file(loaded, home, tiny, document)
    assert open_entries(loaded, tiny) == 5
    assert entries(home) == [(document.digest, "2022-05-01")]
    ingest_file(loaded, home, tiny, document)
    assert open_entries(loaded, tiny) == 5
    assert len(entries(home)) == 1


REFUSED = {
    "fewer rows than the source promises": (listed(2), r"2 rows, expected 3 to 20; it may be cut off"),
    "more rows than the source promises": (listed(21), r"21 rows, expected 3 to 20"),
    "fewer entries of a list than promised": (
        listed(1, 5),
        r"1 entries of us-entity-list, expected at least 2",
    ),
}


@pytest.mark.parametrize(("document", "message"), REFUSED.values(), ids=REFUSED)
def test_implausible_file_is_refused_and_nothing_is_written(
    loaded: BoltStore, home: Path, tiny: Source, dump: Dump, document: Document, message: str
) -> None:
    before = dump(loaded, runs=True)
    with pytest.raises(PipelineError, match=rf"list\.csv: {message}.*add --accept-shrink"):
        ingest_file(loaded, home, tiny, document)
    assert dump(loaded, runs=True) == before
    assert not home.exists()
    ingest_file(loaded, home, tiny, document, accept_shrink=True)
    assert open_entries(loaded, tiny) == document.data.count(b"\n")


SHRUNK = {
    "a third of all rows": (listed(3, 3, dated=JUNE), r"6 rows, expected at least 7"),
    "a third of one list while the other grew": (listed(4, 9, dated=JUNE), "4 entries of us-entity-list"),
    "a list": (listed(9, 0, dated=JUNE), r"0 entries of us-fcc-covered-list, expected at least 3"),
    "a third under the same date": (listed(4, 3), r"4 entries of us-entity-list"),
}  # fmt: skip


@pytest.mark.parametrize(("document", "message"), SHRUNK.values(), ids=SHRUNK)
def test_file_that_lost_much_is_refused_and_nothing_is_written(
    loaded: BoltStore, home: Path, tiny: Source, dump: Dump, document: Document, message: str
) -> None:
    ingest_file(loaded, home, tiny, listed(6, 3))
    before, noted = dump(loaded, runs=True), entries(home)
    with pytest.raises(PipelineError, match=rf"{message}.*add --accept-shrink"):
        ingest_file(loaded, home, tiny, document)
    assert (dump(loaded, runs=True), entries(home)) == (before, noted)
    ingest_file(loaded, home, tiny, document, accept_shrink=True)
    assert open_entries(loaded, tiny) == document.data.count(b"\n")
    assert len(entries(home)) == 2


def test_file_that_lost_less_than_a_third_is_taken(loaded: BoltStore, home: Path, tiny: Source) -> None:
    ingest_file(loaded, home, tiny, listed(9, 3))
    ingest_file(loaded, home, tiny, listed(7, 3, dated=JUNE))
    assert open_entries(loaded, tiny) == 10


def test_older_version_is_not_measured_by_a_newer(loaded: BoltStore, home: Path, tiny: Source) -> None:
    ingest_file(loaded, home, tiny, listed(9, dated=JUNE))
    ingest_file(loaded, home, tiny, listed(3, dated=MAY))
    assert open_entries(loaded, tiny) == 9


def test_file_of_a_users_own_is_not_measured_by_another(loaded: BoltStore, home: Path) -> None:
    own = source_named("own", url=None)
    ingest_file(loaded, home, own, listed(9))
    ingest_file(loaded, home, own, listed(3, dated=JUNE))
    assert len(entries(home)) == 2


MALFORMED = {
    "renamed column": b"entry,liste,company\ne1,us-entity-list,hikvision\n",
    "missing field": b"entry,list,company\ne1,us-entity-list\n",
    "blank field": b"entry,list,company\ne1,,hikvision\n",
    "open quote": b'entry,list,company\n"e1,us-entity-list,hikvision\n',
    "no UTF-8": b"entry,list,company\ne\xff,us-entity-list,hikvision\n",
}


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED)
def test_malformed_file_changes_nothing(
    loaded: BoltStore, home: Path, tiny: Source, dump: Dump, data: bytes
) -> None:
    before = dump(loaded, runs=True)
    with pytest.raises(SourceError, match=r"list\.csv, line \d"):
        ingest_file(loaded, home, tiny, Document(name="list.csv", data=data, dated=MAY), accept_shrink=True)
    assert dump(loaded, runs=True) == before
    assert not home.exists()


def test_file_about_unknown_companies_changes_nothing(
    loaded: BoltStore, home: Path, tiny: Source, dump: Dump
) -> None:
    before = dump(loaded, runs=True)
    with pytest.raises(LoadError, match=r"list\.csv: Company nobody is unknown"):
        ingest_file(loaded, home, tiny, listed(3, company="nobody"))
    assert dump(loaded, runs=True) == before
    assert not home.exists()


def test_file_name_that_is_no_text_is_loaded_under_one_that_is(
    loaded: BoltStore, home: Path, tiny: Source
) -> None:
    document = listed(3)
    strange = Document(name="list\udcff.csv", data=document.data, dated=MAY)
    assert ingest_file(loaded, home, tiny, strange).name == "list?.csv"


def screening_list(*starts: str) -> bytes:
    """Make a screening list with an entry for each start date."""
    text = io.StringIO()
    writer = csv.DictWriter(text, csl.COLUMNS)
    writer.writeheader()
    for number, start in enumerate(starts):
        label = "Entity List (EL) - Bureau of Industry and Security"
        row = {"_id": f"{number:012}", "source": label, "name": f"Company {number}", "start_date": start}
        writer.writerow(dict.fromkeys(csl.COLUMNS, "") | row)
    return text.getvalue().encode()


def ingest_screening_list(store: BoltStore, home: Path, document: Document) -> tuple[date, str | None]:
    """Ingest it; return the date of its version, and that of the newest entry of the journal."""
    done = ingest_file(store, home, sources()["csl"], document, accept_shrink=True)
    return done.extract.dated, entries(home)[-1][1]


@pytest.fixture
def files(tmp_path: Path) -> Callable[[Sequence[str]], Path]:
    """Return a function that writes a screening list, packed."""

    def write(starts: Sequence[str]) -> Path:
        path = tmp_path / "list.csv.gz"
        path.write_bytes(gzip.compress(screening_list(*starts)))
        return path

    return write


def test_version_of_a_file_is_its_newest_start_date_unless_somebody_states_one(
    loaded: BoltStore, home: Path, files: Callable[[Sequence[str]], Path]
) -> None:
    path = files(["2019-10-09", "2020-06-05", ""])
    unstated = document_of(str(path), None)
    assert ingest_screening_list(loaded, home, unstated) == (date(2020, 6, 5), "2020-06-05")
    stated = document_of(str(path), date(2022, 4, 21))
    assert ingest_screening_list(loaded, home, stated) == (date(2022, 4, 21), "2022-04-21")
    assert run_dates(loaded, "csl") == [date(2020, 6, 5), date(2022, 4, 21)]


def test_path_that_is_no_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="give the path of a file"):
        document_of(str(tmp_path / "nowhere.csv"), None)
