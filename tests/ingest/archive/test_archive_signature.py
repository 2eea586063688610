"""A run can be signed; another key, another manifest, or none is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from exchanges import PEM, PKCS8, RUN, STARTED, key_files, of_domain

from sousveil.ingest.archive import ArchiveError, Writer, finish
from sousveil.ingest.archive.manifest import sign
from sousveil.ingest.archive.verification import verify


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    folder.mkdir()
    with Writer(folder, RUN) as writer:
        for exchange in of_domain("a.example"):
            writer.add(exchange)
    finish(folder, STARTED)
    return folder


def test_signed_run_is_verified_by_the_public_key(run: Path, tmp_path: Path) -> None:
    private, public = key_files(tmp_path, "ours")
    sign(run, private)
    assert verify(run, public).damage == []


def test_key_of_another_and_changed_manifest_are_refused(run: Path, tmp_path: Path) -> None:
    private, public = key_files(tmp_path, "ours")
    _, other = key_files(tmp_path, "theirs")
    sign(run, private)
    assert [d.file for d in verify(run, other).damage] == ["manifest.json"]
    manifest = run / "manifest.json"
    manifest.write_text(manifest.read_text().replace("nowhere", "elsewhere"))
    assert any("what the owner of" in d.why for d in verify(run, public).damage)


def test_signed_run_is_closed(run: Path, tmp_path: Path) -> None:
    private, _ = key_files(tmp_path, "ours")
    sign(run, private)
    with pytest.raises(ArchiveError, match="the run is signed, and so it is closed"):
        finish(run, STARTED)


def test_unsigned_run_is_not_verified_by_a_key(run: Path, tmp_path: Path) -> None:
    _, public = key_files(tmp_path, "ours")
    with pytest.raises(ArchiveError, match="the run is not signed"):
        verify(run, public)


def test_keys_of_another_sort_are_refused_with_what_to_do(run: Path, tmp_path: Path) -> None:
    private, public = key_files(tmp_path, "ours")
    sign(run, private)
    curve = ec.generate_private_key(ec.SECP256R1())
    wrong = tmp_path / "wrong.pem"
    for data in (
        b"no key",
        public.read_bytes(),
        curve.private_bytes(PEM, PKCS8, serialization.NoEncryption()),
        curve.private_bytes(PEM, PKCS8, serialization.BestAvailableEncryption(b"x")),
    ):
        wrong.write_bytes(data)
        with pytest.raises(ArchiveError, match=r"wrong.pem: .*openssl"):
            sign(run, wrong)
    wrong.write_bytes(private.read_bytes())
    with pytest.raises(ArchiveError, match=r"wrong.pem: .*openssl"):
        verify(run, wrong)
