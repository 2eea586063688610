"""Verification of a run from its files alone: every digest, id, pair and file; all damage is named."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from sousveil.ingest.archive import manifest
from sousveil.ingest.archive.members import Broken, Member, members, opened
from sousveil.ingest.archive.reader import SUFFIX
from sousveil.ingest.archive.warc import (
    PRIMARY,
    ArchiveError,
    Record,
    RunFacts,
    evidence_id,
    exchange_of,
    outcome_words,
    parse,
    record_id,
    run_of,
    warcinfo,
)
from sousveil.ingest.archive.writer import OPEN

SHARED = ("WARC-Date", "WARC-Target-URI", "WARC-IP-Address")
ONCE = "CREATE TABLE seen (id TEXT PRIMARY KEY, file TEXT) WITHOUT ROWID"


@dataclass(frozen=True, slots=True)
class Damage:
    """What is not as it was written: in which file, at which byte, which record, and why."""

    file: str
    why: str
    offset: int | None = None
    record: str | None = None

    def __str__(self) -> str:
        where = self.file if self.offset is None else f"{self.file}, byte {self.offset}"
        return f"{where}: {self.record + ' ' if self.record else ''}{self.why}"


@dataclass(slots=True)
class Report:
    """What was read of a run, and what is damaged in it."""

    files: int = 0
    records: int = 0
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    damage: list[Damage] = field(default_factory=list)

    @property
    def exchanges(self) -> int:
        """Count the exchanges that could be read."""
        return self.outcomes.total()


def verify(folder: Path, public_key: Path | None = None) -> Report:
    """Recompute everything that the files of a run say of themselves, and of one another.

    With a public key the manifest must be signed by its owner. The index is not looked at.
    """
    report = Report()
    facts = []
    with closing(sqlite3.connect("")) as seen:  # on disk, and gone afterwards
        seen.execute(ONCE)
        for path in sorted(path for path in folder.iterdir() if path.name.endswith(SUFFIX)):
            report.files += 1
            facts.append((path.name, _File(path, report, seen).check()))
    _one_run(facts, report)
    _whole(folder, facts, report)
    if public_key and (why := manifest.check_signature(folder, public_key)):
        report.damage.append(Damage(manifest.NAME, why))
    return report


class _File:
    """One file under verification: what was read of it so far."""

    def __init__(self, path: Path, report: Report, seen: sqlite3.Connection) -> None:
        self.path = path
        self.report = report
        self.seen = seen
        self.run: RunFacts | None = None
        self.warcinfo = ""
        self.waiting: dict[str, tuple[int, Record]] = {}  # id of a request → where its answer stands

    def check(self) -> RunFacts | None:
        with opened(self.path) as data:
            for number, member in enumerate(members(data)):
                if isinstance(member, Broken):
                    self.damaged(member.why, member.start, member.record)
                else:
                    self.member(member, first=not number)
            if not len(data):
                self.damaged("is empty", 0)
        for offset, answer in self.waiting.values():
            self.damaged("its request is not there", offset, answer.id)
        return self.run

    def damaged(self, why: object, offset: int, record: str | None = None) -> None:
        self.report.damage.append(Damage(self.path.name, str(why), offset, record))

    def member(self, member: Member, *, first: bool) -> None:
        try:
            record = parse(member.content)
        except ValueError as error:
            self.damaged(error, member.start)
            return
        self.report.records += 1
        try:
            if first:
                self.begin(record)
            else:
                self.record(record, member.start)
        except ValueError as error:
            self.damaged(error, member.start, record.id)

    def begin(self, record: Record) -> None:
        self.run, self.warcinfo = run_of(record), record.id
        _intact(record)
        if record.fields.get("WARC-Filename") != self.path.name:
            raise ValueError(f"was written as {record.fields.get('WARC-Filename')}")
        if record.id != warcinfo(self.run, self.path.name).id:
            raise ValueError("its id is not that of this run and file")

    def record(self, record: Record, offset: int) -> None:
        if record.partner and record.type in PRIMARY:
            self.waiting[record.partner] = offset, record
        _intact(record)
        if record.fields.get("WARC-Warcinfo-ID") != self.warcinfo:
            raise ValueError("belongs to another run or file")
        if record.type == "request":
            self.request(record)
        elif record.type in PRIMARY:
            self.answer(record)
        else:
            raise ValueError(f"a {record.type} has no place here")

    def request(self, record: Record) -> None:
        _, answer = self.waiting.pop(record.id, (0, None))
        if answer is None:
            raise ValueError("the answer to it, or the outcome, is not there")
        if [record.fields.get(name) for name in SHARED] != [answer.fields.get(name) for name in SHARED]:
            raise ValueError("says another address or time than the answer to it")
        if record.partner != answer.id:
            raise ValueError("names another answer")

    def answer(self, record: Record) -> None:
        exchange = exchange_of(record, None)
        self.report.outcomes[exchange.protocol, exchange.outcome] += 1
        if record.type == "metadata" and record.block != outcome_words(record.fields):
            raise ValueError("its fields say something else than its block")
        self.evidence(record)

    def evidence(self, record: Record) -> None:
        if self.run is None:
            raise ValueError("cannot be checked: the record of its run is damaged")
        fields = record.fields
        uri, date = fields.get("WARC-Target-URI", ""), fields["WARC-Date"]
        evidence = evidence_id(self.run.id, uri, date, record.digest)
        if fields.get("Sousveil-Evidence") != evidence:
            raise ValueError("its evidence id does not follow from run, address, time and digest")
        partner = record_id("request", evidence) if record.partner else None
        if record.id != record_id(record.type, evidence) or record.partner != partner:
            raise ValueError("its record id does not follow from its evidence id")
        had = self.seen.execute("SELECT file FROM seen WHERE id = ?", (evidence,)).fetchone()
        if had:
            raise ValueError(f"stands in {had[0]} already")
        self.seen.execute("INSERT INTO seen VALUES (?, ?)", (evidence, self.path.name))


def _intact(record: Record) -> None:
    """Refuse a block that does not have its digest."""
    if record.fields.get("WARC-Block-Digest") != f"sha256:{record.digest}":
        raise ValueError("its block does not have its digest")


def _one_run(facts: list[tuple[str, RunFacts | None]], report: Report) -> None:
    known = [(name, run) for name, run in facts if run]
    for name, run in known[1:]:
        if run != known[0][1]:
            report.damage.append(Damage(name, f"belongs to another run than {known[0][0]}"))


def _whole(folder: Path, facts: list[tuple[str, RunFacts | None]], report: Report) -> None:
    """Compare the folder with its manifest."""
    for path in sorted(folder.glob(f"*{SUFFIX}{OPEN}")):
        report.damage.append(Damage(path.name, "is not finished; resume the run"))
    try:
        said = manifest.load(folder)
    except ArchiveError as error:
        report.damage.append(Damage(manifest.NAME, str(error).partition(": ")[2]))
        return
    listed = {str(file.get("name")): file for file in said["files"] if isinstance(file, dict)}
    for name, _ in facts:
        if name not in listed:
            report.damage.append(Damage(name, "is not in the manifest"))
    for name, file in sorted(listed.items()):
        if not (folder / name).is_file():
            report.damage.append(Damage(name, "is not there; the manifest names it"))
        elif manifest.fingerprint(folder / name) != file:
            report.damage.append(Damage(name, "does not have the size and SHA-256 of the manifest"))
    if any(run and manifest.described(run) != said["run"] for _, run in facts):
        report.damage.append(Damage(manifest.NAME, "says something else of the run than its files"))
    if manifest.counted(report.outcomes) != said["outcomes"]:
        report.damage.append(Damage(manifest.NAME, "counts other outcomes than the files hold"))
