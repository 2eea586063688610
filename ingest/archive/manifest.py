"""manifest.json: what a finished run consists of, and its detached signature (Ed25519, RFC 8032).

The keys are PEM files, as OpenSSL makes them, and OpenSSL can check the signature too:
`openssl genpkey -algorithm ed25519 -out key.pem`, `openssl pkey -in key.pem -pubout -out public.pem`,
`openssl pkeyutl -verify -pubin -inkey public.pem -rawin -in manifest.json -sigfile manifest.json.sig`.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from sousveil.ingest.archive.reader import SUFFIX, facts, files, read
from sousveil.ingest.archive.warc import ArchiveError, RunFacts
from sousveil.ingest.archive.writer import OPEN, sync_folder

NAME = "manifest.json"
SIGNATURE = "manifest.json.sig"
FORMAT = 1
GENERATE = "`openssl genpkey -algorithm ed25519 -out key.pem` makes one"


def finish(folder: Path, finished: datetime) -> Path:
    """Write the manifest of a run that is over; call it once, after `recover` and all writers.

    Every record is read on the way; a signed manifest is never written over.
    """
    if unfinished := sorted(folder.glob(f"*{SUFFIX}{OPEN}")):
        raise ArchiveError(f"{unfinished[0]}: is not finished; resume the run first")
    if (folder / SIGNATURE).exists():
        raise ArchiveError(f"{folder / SIGNATURE}: the run is signed, and so it is closed")
    outcomes: Counter[tuple[str, str]] = Counter()
    outcomes.update((one.exchange.protocol, one.exchange.outcome) for one in read(folder))
    manifest = {
        "format": FORMAT,
        "run": described(facts(folder)),
        "finished": finished.astimezone(UTC).isoformat(timespec="seconds"),
        "files": [fingerprint(path) for path in files(folder)],
        "outcomes": counted(outcomes),
    }
    text = json.dumps(manifest, indent=2, sort_keys=True) + "\n"
    _write(folder / NAME, text.encode("ascii"))
    return folder / NAME


def load(folder: Path) -> Mapping[str, Any]:
    """Read the manifest of a run."""
    path = folder / NAME
    data = _read(path, "the run was never finished, or the manifest is lost")
    try:
        manifest = json.loads(data)
    except ValueError as error:
        raise ArchiveError(f"{path}: is no JSON: {error}; restore it from a copy") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ArchiveError(f"{path}: is no manifest of format {FORMAT}; a newer sousveil may have written it")
    kinds = {"run": dict, "files": list, "outcomes": dict}
    if bad := [name for name, kind in kinds.items() if not isinstance(manifest.get(name), kind)]:
        raise ArchiveError(f"{path}: {bad[0]!r} is missing or damaged; restore it from a copy")
    return manifest


def described(run: RunFacts) -> dict[str, Any]:
    """Return the facts of a run as JSON has them."""
    started = run.started.astimezone(UTC).isoformat()
    found: dict[str, Any] = json.loads(json.dumps({**asdict(run), "started": started}))
    return found


def counted(outcomes: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    """Return counts by protocol and outcome."""
    found: dict[str, dict[str, int]] = {}
    for (protocol, outcome), number in sorted(outcomes.items()):
        found.setdefault(protocol, {})[outcome] = number
    return found


def fingerprint(path: Path) -> dict[str, Any]:
    """Return name, size and SHA-256 of a file."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return {"name": path.name, "size": path.stat().st_size, "sha256": digest}


def sign(folder: Path, key: Path) -> Path:
    """Sign the manifest with a private key; the signature stands beside it."""
    load(folder)
    private = _private(key)
    _write(folder / SIGNATURE, private.sign((folder / NAME).read_bytes()))
    return folder / SIGNATURE


def check_signature(folder: Path, key: Path) -> str | None:
    """Say why the manifest is not signed by the owner of this public key; None where it is."""
    public = _public(key)
    signature = _read(folder / SIGNATURE, "the run is not signed")
    manifest = _read(folder / NAME, "the run was never finished, or the manifest is lost")
    try:
        public.verify(signature, manifest)
    except InvalidSignature:
        return f"is not what the owner of {key} signed: the manifest was changed, or it is another's key"
    return None


def _private(path: Path) -> Ed25519PrivateKey:
    data = _read(path, f"no such key; {GENERATE}")
    try:
        key = load_pem_private_key(data, password=None)
    except TypeError as error:
        raise ArchiveError(
            f"{path}: the key has a passphrase; `openssl pkey -in {path}` takes it off"
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ArchiveError(f"{path}: is no private key in PEM; {GENERATE}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ArchiveError(f"{path}: is no Ed25519 key; {GENERATE}")
    return key


def _public(path: Path) -> Ed25519PublicKey:
    make = f"`openssl pkey -in key.pem -pubout -out {path}` makes it of the private one"
    data = _read(path, f"no such key; {make}")
    try:
        key = load_pem_public_key(data)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ArchiveError(f"{path}: is no public key in PEM; {make}") from error
    if not isinstance(key, Ed25519PublicKey):
        raise ArchiveError(f"{path}: is no Ed25519 key; {make}")
    return key


def _read(path: Path, absent: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ArchiveError(f"{path}: {absent}") from error
    except OSError as error:
        raise ArchiveError(f"{path}: cannot be read: {error.strerror or error}") from error


def _write(path: Path, data: bytes) -> None:
    """Put a whole file in place, on the disk when this returns."""
    draft = path.with_name(f".{path.name}.new")
    try:
        with draft.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise ArchiveError(f"{path}: cannot be written: {error.strerror or error}") from error
