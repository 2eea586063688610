"""Whatever is changed in a run is found and named, from its files alone; the rest is still read."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from exchanges import RUN, STARTED, key_files, of_domain, of_domains
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sousveil.ingest.archive import ArchiveError, Writer, finish
from sousveil.ingest.archive.manifest import fingerprint, sign
from sousveil.ingest.archive.members import Member, members
from sousveil.ingest.archive.verification import Report, verify

ENDED = STARTED + timedelta(hours=1)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    for name, domains in (("a", ("one.example", "two.example")), ("b", ("three.example",))):
        with Writer(folder, RUN, name) as writer:
            for domain in domains:
                for exchange in of_domain(domain):
                    writer.add(exchange)
    finish(folder, ENDED)
    return folder


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return key_files(tmp_path_factory.mktemp("keys"), "ours")


@pytest.fixture
def copy(run: Path, tmp_path: Path) -> Path:
    return shutil.copytree(run, tmp_path / "copy")


def told(report: Report) -> list[str]:
    return [str(damage) for damage in report.damage]


def parts(path: Path) -> list[bytes]:
    data = path.read_bytes()
    found = list(members(data))
    assert all(isinstance(member, Member) for member in found)
    return [data[member.start : member.end] for member in found]


def remade(folder: Path) -> None:
    """Make the manifest anew, as somebody would who wants to hide a change."""
    (folder / "manifest.json").unlink()
    finish(folder, ENDED)


def test_untouched_run_is_verified_by_its_files_alone(copy: Path) -> None:
    report = verify(copy)
    assert told(report) == []
    assert (report.files, report.records, report.exchanges) == (2, 38, 30)
    manifest = json.loads((copy / "manifest.json").read_text())
    assert manifest["outcomes"]["dns"] == {"nodata": 3, "ok": 15}
    assert manifest["run"]["vantage"] == RUN.vantage
    assert [file["name"] for file in manifest["files"]] == ["a-0000.warc.gz", "b-0000.warc.gz"]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_flipped_bit_is_found_wherever_it_is(
    run: Path, key: tuple[Path, Path], tmp_path: Path, data: st.DataObject
) -> None:
    copy = tmp_path / "flipped"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(run, copy)
    sign(copy, key[0])
    path = copy / data.draw(st.sampled_from([path.name for path in sorted(copy.iterdir())]))
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)
    assert any(line.startswith(path.name.removesuffix(".sig")) for line in told(verify(copy, key[1])))


def test_damage_is_named_with_its_record_and_the_rest_is_read(copy: Path) -> None:
    path = copy / "a-0000.warc.gz"
    data = bytearray(path.read_bytes())
    start = sum(map(len, parts(path)[:3]))
    record = gzip.decompress(parts(path)[3]).split(b"WARC-Record-ID: ")[1].split(b"\r\n")[0].decode()
    data[start + len(parts(path)[3]) - 6] ^= 1  # in the checksum: all that was written can be read
    path.write_bytes(data)
    report = verify(copy)
    assert told(report)[0].startswith(f"a-0000.warc.gz, byte {start}: {record} the bytes were changed: ")
    assert report.exchanges == 29


def test_every_part_of_a_file_that_is_cut_off_is_named(copy: Path) -> None:
    path = copy / "b-0000.warc.gz"
    data = path.read_bytes()
    last = len(data) - len(parts(path)[-1])
    path.write_bytes(data[:-5])
    report = verify(copy)
    assert f"b-0000.warc.gz, byte {last}: " in told(report)[0]
    assert "the file is cut off here" in told(report)[0]
    assert "b-0000.warc.gz: does not have the size and SHA-256 of the manifest" in told(report)
    assert report.exchanges == 29


def test_empty_file_is_damage(copy: Path) -> None:
    (copy / "b-0000.warc.gz").write_bytes(b"")
    assert "b-0000.warc.gz, byte 0: is empty" in told(verify(copy))


def test_bytes_between_records_are_damage(copy: Path) -> None:
    path = copy / "b-0000.warc.gz"
    first, *rest = parts(path)
    path.write_bytes(first + b"something else" + b"".join(rest))
    report = verify(copy)
    assert told(report)[0] == f"b-0000.warc.gz, byte {len(first)}: no gzip member begins here"
    assert report.exchanges == 30


def dropped(number: int) -> Callable[[list[bytes]], list[bytes]]:
    return lambda found: found[:number] + found[number + 1 :]


def altered(number: int, old: bytes, new: bytes) -> Callable[[list[bytes]], list[bytes]]:
    def alter(found: list[bytes]) -> list[bytes]:
        content = gzip.decompress(found[number])
        assert content.count(old) == 1, content
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        changed = packer.compress(content.replace(old, new)) + packer.flush()
        return [*found[:number], changed, *found[number + 1 :]]

    return alter


# b-0000.warc.gz: 0 warcinfo, 1-6 DNS, 7 chain, 8 response, 9 request, 10 response, 11 request, 12 metadata
@pytest.mark.parametrize(
    ("change", "why"),
    [
        (dropped(8), "the answer to it, or the outcome, is not there"),
        (dropped(9), "its request is not there"),
        (dropped(0), "its warcinfo has no|is no warcinfo record"),
        (lambda found: [*found, found[3]], "stands in b-0000.warc.gz already"),
        (lambda found: [*found, found[9]], "the answer to it, or the outcome, is not there"),
        (lambda found: [*found, found[0]], "belongs to another run or file"),
        (altered(3, b"12:00:00.002", b"12:00:00.003"), "its evidence id does not follow"),
        (altered(3, b"type=A\r", b"type=B\r"), "its evidence id does not follow"),
        (altered(3, b"Sousveil-Evidence: ", b"Sousveil-Evidence: 0"), "its evidence id does not follow"),
        (altered(3, b"Record-ID: <urn:uuid:", b"Record-ID: <urn:uuid:0"), "its record id does not follow"),
        (altered(3, b"Sousveil-Outcome: ok\r\n", b""), "has no Sousveil-Outcome"),
        (altered(3, b"WARC-Warcinfo-ID: <", b"WARC-Warcinfo-ID: <x"), "belongs to another run or file"),
        (altered(8, b"301 Moved", b"302 Moved"), "its block does not have its digest"),
        (altered(9, b"GET / HTTP", b"GET /?HTTP"), "its block does not have its digest|is not as long"),
        (altered(9, b"12:00:00.1", b"12:00:00.2"), "says another address or time"),
        (altered(9, b"Concurrent-To: <", b"Concurrent-To: <x"), "names another answer"),
        (altered(12, b"Outcome: refused", b"Outcome: timeout"), "its fields say something else"),
        (altered(0, b"run: 2026-03-01-test", b"run: 2026-03-02-test"), "does not have its digest"),
        (altered(5, b"Content-Length: ", b"Content-Length: 1"), "is not as long as it says"),
        (altered(5, b"WARC/1.1", b"WARC/7.1"), "is no WARC record"),
    ],
)  # fmt: skip
def test_forged_record_is_found_though_the_manifest_was_remade(
    copy: Path, change: Callable[[list[bytes]], list[bytes]], why: str
) -> None:
    path = copy / "b-0000.warc.gz"
    path.write_bytes(b"".join(change(parts(path))))
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["files"][1] = fingerprint(path)
    (copy / "manifest.json").write_text(json.dumps(manifest))
    report = verify(copy)
    assert any(line.startswith("b-0000.warc.gz, byte") for line in told(report)), told(report)
    assert re.search(why, "\n".join(told(report))), told(report)


def test_removed_record_without_a_partner_is_found_by_the_manifest(copy: Path) -> None:
    path = copy / "b-0000.warc.gz"
    path.write_bytes(b"".join(dropped(3)(parts(path))))
    assert told(verify(copy)) == [
        "b-0000.warc.gz: does not have the size and SHA-256 of the manifest",
        "manifest.json: counts other outcomes than the files hold",
    ]


def test_missing_strange_renamed_and_swapped_files_are_found(copy: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with Writer(other, replace(RUN, id="another"), "b") as writer:
        for exchange in of_domains(1):
            writer.add(exchange)
    kept = (copy / "b-0000.warc.gz").read_bytes()
    shutil.copy(other / "b-0000.warc.gz", copy / "b-0000.warc.gz")
    assert "b-0000.warc.gz: belongs to another run than a-0000.warc.gz" in told(verify(copy))
    (copy / "b-0000.warc.gz").unlink()
    assert "b-0000.warc.gz: is not there; the manifest names it" in told(verify(copy))
    (copy / "c-0000.warc.gz").write_bytes(kept)
    assert "c-0000.warc.gz: is not in the manifest" in told(verify(copy))
    assert any("was written as b-0000.warc.gz" in line for line in told(verify(copy)))


def test_run_without_a_manifest_is_not_whole(copy: Path) -> None:
    (copy / "manifest.json").unlink()
    assert told(verify(copy)) == ["manifest.json: the run was never finished, or the manifest is lost"]
    (copy / "c-0000.warc.gz.open").touch()
    assert "c-0000.warc.gz.open: is not finished; resume the run" in told(verify(copy))
    with pytest.raises(ArchiveError, match="is not finished; resume the run first"):
        finish(copy, ENDED)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": 1}',
        '{"format": 2}',
        '{"format": 1, "run": {}, "files": [3], "outcomes": {}}',
    ],
)
def test_damaged_manifest_is_named(copy: Path, text: str) -> None:
    (copy / "manifest.json").write_text(text)
    assert any("manifest" in line for line in told(verify(copy)))


def test_gzip_bomb_is_no_record(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sousveil.ingest.archive.members.LARGEST", 1 << 20)
    path = copy / "b-0000.warc.gz"
    path.write_bytes(path.read_bytes() + gzip.compress(bytes(1 << 24), mtime=0))
    assert any("unpacks to more than 1 MB" in line for line in told(verify(copy)))
