"""docker-compose.yml: valid, on this machine only, silent, and without a password in it."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

FILE = Path(__file__).parent.parent / "docker-compose.yml"
COMPOSE: dict[str, Any] = YAML(typ="safe").load(FILE)
SERVICES = ["neo4j", "neo4j-read-only"]


def test_file_is_a_valid_compose_file() -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(FILE)]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_both_servers_are_there_and_only_one_starts_by_itself() -> None:
    assert list(COMPOSE["services"]) == SERVICES
    assert "profiles" not in COMPOSE["services"]["neo4j"]
    assert COMPOSE["services"]["neo4j-read-only"]["profiles"] == ["read-only"]


@pytest.mark.parametrize("service", SERVICES)
def test_image_is_one_exact_community_release_of_5_26(service: str) -> None:
    name, _, tag = COMPOSE["services"][service]["image"].partition(":")
    version, _, edition = tag.partition("-")
    assert (name, edition) == ("neo4j", "community")
    assert [part.isdigit() for part in version.split(".")] == [True, True, True]
    assert version.startswith("5.26.")


@pytest.mark.parametrize("service", SERVICES)
def test_ports_are_published_on_loopback_only(service: str) -> None:
    assert [port.rsplit(":", 2)[0] for port in COMPOSE["services"][service]["ports"]] == ["127.0.0.1"] * 2


@pytest.mark.parametrize("service", SERVICES)
def test_password_comes_from_a_secret_file_outside_git(service: str) -> None:
    settings = COMPOSE["services"][service]["environment"]
    assert COMPOSE["services"][service]["secrets"] == ["neo4j_auth"]
    assert settings["NEO4J_AUTH_FILE"] == "/run/secrets/neo4j_auth"
    assert "NEO4J_AUTH" not in settings
    file = Path(COMPOSE["secrets"]["neo4j_auth"]["file"])
    assert f"{file.parent}/" in FILE.with_name(".gitignore").read_text("utf-8").splitlines()


@pytest.mark.parametrize("service", SERVICES)
def test_server_reports_nothing_and_loads_no_plugin(service: str) -> None:
    settings = COMPOSE["services"][service]["environment"]
    assert settings["NEO4J_dbms_usage__report_enabled"] == "false"
    assert settings["NEO4J_client_allow__telemetry"] == "false"
    assert "apoc" not in str(COMPOSE["services"][service]).lower()
    assert not [name for name in settings if "PLUGINS" in name]


@pytest.mark.parametrize("service", SERVICES)
def test_health_is_asked_with_wget(service: str) -> None:
    health = COMPOSE["services"][service]["healthcheck"]
    assert health["test"][:2] == ["CMD", "wget"]
    assert health["test"][-1] == "http://127.0.0.1:7474/"


@pytest.mark.parametrize("service", SERVICES)
def test_data_lives_in_a_named_volume(service: str) -> None:
    assert COMPOSE["services"][service]["volumes"] == ["neo4j-data:/data"]
    assert list(COMPOSE["volumes"]) == ["neo4j-data"]


def test_read_only_server_differs_in_nothing_but_the_right_to_write() -> None:
    writer, reader = (dict(COMPOSE["services"][name]) for name in SERVICES)
    assert reader.pop("profiles") == ["read-only"]
    assert reader.pop("environment") == writer.pop("environment") | {
        "NEO4J_server_databases_default__to__read__only": "true"
    }
    assert reader == writer
