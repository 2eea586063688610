"""`sousveil attribute`, `explain`, `providers` and `catalogue check` as a user runs them, without a store."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click import Command
from click.testing import CliRunner, Result

from sousveil.cli.commands import attribute, catalogue, explain, providers
from sousveil.ingest.journal import Journal
from sousveil.ingest.lines import LineError, line
from sousveil.ingest.records import Observation
from sousveil.ingest.sources.documents import Document

MX = Observation(
    target="hikvision.com",
    subject="hikvision.com",
    kind="mx",
    scope="dns",
    value="mx1.hc1656-87.eu.iphmx.com",
    evidence="e1",
    time="2026-11-23T10:00:00Z",
    vantage="test",
)
TENANT = Observation(
    target="hikvision.com",
    subject="hikvision.com",
    kind="tenant",
    scope="dns",
    value="microsoft",
    evidence="e2",
    time="2026-11-23T10:00:00Z",
    vantage="test",
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "observations.jsonl"
    path.write_text(f"{line(MX)}\n{line(TENANT)}\n", "utf-8")
    return path


def run(command: Command, *words: object, code: int = 0) -> Result:
    done = CliRunner().invoke(command, [str(word) for word in words])
    assert done.exit_code == code, done.output
    return done


def test_attribute_prints_a_line_for_each_service(file: Path) -> None:
    lines = run(attribute.command, file).output.splitlines()
    assert len(lines) == 7
    assert lines[0].split()[:3] == ["hikvision.com", "email", "unknown"]
    assert "cisco-secure-email (mail-gateway, publishable 0.98)" in lines[0]


def test_attribute_writes_records_as_json_lines(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "claims.jsonl"
    run(attribute.command, file, "--format", "jsonl", "-o", out)
    records = [json.loads(text) for text in out.read_text("utf-8").splitlines()]
    assert [one["record"] for one in records].count("conclusion") == 7
    claim = next(one for one in records if one["record"] == "attribution")
    assert (claim["provider"], claim["role"], claim["evidence"]) == (
        "cisco-secure-email",
        "mail-gateway",
        ["e1"],
    )
    assert run(attribute.command, file, "-o", out, code=1).output.endswith("or --force\n")


def test_table_of_networks_names_the_machine(tmp_path: Path) -> None:
    seen, table = tmp_path / "observations.jsonl", tmp_path / "asn.tsv"
    seen.write_text(f"{line(replace(MX, kind='address', value='192.0.2.1'))}\n", "utf-8")
    table.write_text("192.0.2.0/24\t24940\tDE\tHETZNER-AS\n", "utf-8")
    assert "hetzner" not in run(attribute.command, seen).output
    assert "hetzner (origin" in run(attribute.command, seen, "--asn-table", table).output
    missing = run(attribute.command, seen, "--asn-table", tmp_path / "none.tsv", code=1)
    assert "none.tsv: No such file" in missing.output


def test_attribute_explains_what_was_set_aside(file: Path) -> None:
    told = run(attribute.command, file, "--explain").output
    assert "against  microsoft-365 (verified) by tenant 'microsoft'" in told
    assert "no mailbox" in told


def test_explain_shows_one_service_with_its_rules_and_sources(file: Path) -> None:
    told = run(explain.command, "HIKVISION.com", "--observations", file, "--service", "email").output
    assert told.startswith("hikvision.com  email: unknown\n")
    assert "rule cisco-secure-email/email/mail-gateway/mx: " in told
    assert "https://" in told
    assert "nameserver" not in told


def test_explain_takes_the_newest_observations_that_were_loaded(home: Path) -> None:
    missing = run(explain.command, "hikvision.com", code=1).output
    assert "sousveil scan hikvision.com" in missing
    for day, text in ((21, ""), (22, line(MX))):
        document = Document(name="o.jsonl", data=(text or line(TENANT)).encode(), dated=date(2026, 11, day))
        Journal(home).record("observations", document, "0")
    assert "cisco-secure-email" in run(explain.command, "hikvision.com", "--service", "email").output


def test_explain_of_what_nobody_saw_says_what_there_is(file: Path) -> None:
    done = run(explain.command, "hikvison.com", "--observations", file, code=1)
    assert "did you mean hikvision.com?" in done.output


def test_line_that_is_no_observation_is_named(tmp_path: Path) -> None:
    path = tmp_path / "o.jsonl"
    path.write_text(f"{line(MX)}\n{{}}\n", "utf-8")
    done = CliRunner().invoke(attribute.command, [str(path)])
    assert isinstance(done.exception, LineError)
    assert "o.jsonl, line 2" in str(done.exception)


@pytest.mark.parametrize("name", ["no-such-file.jsonl", "."])
def test_file_that_cannot_be_read_is_named(name: str, tmp_path: Path) -> None:
    assert "give the path of a file" in run(attribute.command, tmp_path / name, code=1).output


def test_text_that_is_no_utf_8_is_named(tmp_path: Path) -> None:
    path = tmp_path / "o.jsonl"
    path.write_bytes(b"\xff\xfe")
    assert "o.jsonl: is no UTF-8 text" in run(attribute.command, path, code=1).output


def test_providers_lists_all_and_the_rules_of_one() -> None:
    rows = json.loads(run(providers.command, "--format", "json").output)["rows"]
    assert len(rows) >= 250
    assert {"cloudflare", "aws-china-beijing"} <= {row["provider"] for row in rows}
    one = json.loads(run(providers.command, "Cloudflare", "--format", "json").output)
    assert "cloudflare/cdn/edge/header" in {row["rule"] for row in one["rows"]}
    assert all(row["sources"] and row["matches"] and row["rejects"] for row in one["rows"])


def test_provider_that_nobody_knows_gets_the_nearest() -> None:
    assert "did you mean cloudflare" in run(providers.command, "cloudflar", code=2).output


def test_catalogue_check_counts_and_finds_nothing() -> None:
    assert run(catalogue.command, "check").output.endswith(": 0 mistakes\n")
