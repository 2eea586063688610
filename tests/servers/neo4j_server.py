"""Real Neo4j servers for the tests: one that you name, or Docker, or Maven and Java.

On the command line: `python tests/servers/neo4j_server.py fetch [VERSION …]` fills the cache,
`… serve [VERSION] [BOLT [HTTP]]` runs one with Neo4j Browser until Ctrl-C.
"""

from __future__ import annotations

import contextlib
import hashlib
import ipaddress
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

HERE = Path(__file__).parent
# Version → the Java versions that it runs on.
VERSIONS = {"5.26.30": (17, 21), "2026.08.1": (21, 25)}
READY_SECONDS = 240.0  # 8 s on an idle machine
FETCH_SECONDS = 900.0
COMPOSE_SECONDS = 300.0
TEST_URI = "SOUSVEIL_TEST_NEO4J_URI"  # never NEO4J_URI, which is somebody's graph


class NoServerError(Exception):
    """There is no way to a server here; the message says why."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens, without a login unless it says so."""

    uri: str
    username: str = ""
    password: str = ""
    browser: str | None = None


@contextlib.contextmanager
def neo4j(version: str, folder: Path, *, bolt: int = 0, http: int = 0) -> Iterator[Address]:
    """Run a server of this version with its data under `folder`, or raise NoServerError."""
    if os.environ.get(TEST_URI):
        yield _named()
    elif _docker_answers():
        with _composed(version) as address:
            yield address
    else:
        java, libraries = find_java(version), fetch(version)
        with _served(java, libraries, folder, bolt, http) as address:
            yield address


def _named() -> Address:
    """Return the server that the environment names; it is emptied by the tests, so only on loopback."""
    uri = os.environ[TEST_URI]
    host = urlsplit(uri).hostname or ""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise RuntimeError(f"{TEST_URI}={uri}: tests delete everything there; give one on this machine")
    return Address(
        uri,
        os.environ.get("SOUSVEIL_TEST_NEO4J_USERNAME", ""),
        os.environ.get("SOUSVEIL_TEST_NEO4J_PASSWORD", ""),
    )


def _docker_answers() -> bool:
    if shutil.which("docker") is None:
        return False
    try:
        asked = subprocess.run(["docker", "compose", "ls"], capture_output=True, timeout=20, check=False)
    except subprocess.TimeoutExpired:
        return False
    return asked.returncode == 0


@contextlib.contextmanager
def _composed(version: str) -> Iterator[Address]:
    project = f"sousveil-tests-{os.getpid()}-{version.replace('.', '-')}"
    compose = ["docker", "compose", "--project-name", project, "--file", str(HERE / "compose.yml")]
    environment = {**os.environ, "NEO4J_VERSION": version}

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [*compose, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=COMPOSE_SECONDS,
            check=False,
        )
        if done.returncode:
            raise NoServerError(f"docker compose {arguments[0]}: {done.stderr.strip()[-500:]}")
        return done.stdout

    try:
        run("up", "--detach", "--wait")
        yield Address(f"bolt://{run('port', 'neo4j', '7687').strip()}")
    finally:
        with contextlib.suppress(NoServerError):
            run("down", "--volumes")


def cache() -> Path:
    """Return the folder outside the work tree that keeps the servers."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sousveil-tests"


def fetch(version: str) -> Path:
    """Return the folder with the jars of this version: from Maven Central once, then from the cache."""
    recipe = hashlib.sha256((HERE / "pom.xml").read_bytes()).hexdigest()[:12]
    place = cache() / f"neo4j-{version}-{recipe}"
    if place.is_dir():
        return place
    maven = shutil.which("mvn")
    if maven is None:
        raise NoServerError(f"Neo4j {version} is not in {cache()}, and there is no Maven (mvn) to fetch it")
    cache().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache()) as temporary:
        new = Path(temporary) / "lib"
        done = subprocess.run(
            [
                maven,
                "--quiet",
                "--batch-mode",
                f"--file={HERE / 'pom.xml'}",
                f"-Dneo4j.version={version}",
                f"-DoutputDirectory={new}",
                "dependency:copy-dependencies",
            ],
            cwd=temporary,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=FETCH_SECONDS,
            check=False,
        )
        if done.returncode:
            raise NoServerError(f"Maven could not fetch Neo4j {version}: {done.stdout.strip()[-800:]}")
        with contextlib.suppress(OSError):  # somebody else was faster
            new.rename(place)
    return place


def find_java(version: str) -> Path:
    """Return a java that runs this version: JAVA_HOME_25 and its like, JAVA_HOME, then the usual folders."""
    lowest, highest = VERSIONS[version]
    homes = [os.environ.get(f"JAVA_HOME_{number}") for number in range(lowest, highest + 1)]
    homes.append(os.environ.get("JAVA_HOME"))
    found = [Path(home) for home in homes if home]
    if launcher := shutil.which("java"):
        found.append(Path(launcher).resolve().parent.parent)
    found += sorted(Path("/usr/lib/jvm").glob("*"))
    found += sorted(Path("/Library/Java/JavaVirtualMachines").glob("*/Contents/Home"))
    for home in found:
        if lowest <= _java_version(home) <= highest:
            return home / "bin" / "java"
    raise NoServerError(
        f"Neo4j {version} needs a JDK {lowest} to {highest}; set JAVA_HOME_{highest}; looked at "
        f"{', '.join(map(str, found)) or 'no place at all'}"
    )


def _java_version(home: Path) -> int:
    """Return the feature version of a JDK, 0 for anything else; a JRE cannot run a source file."""
    try:
        text = (home / "release").read_text("utf-8", "replace")
    except OSError:
        return 0
    match = re.search(r'^JAVA_VERSION="(\d+)', text, re.MULTILINE)
    return int(match[1]) if match and (home / "bin" / "javac").exists() else 0


@contextlib.contextmanager
def _served(java: Path, libraries: Path, folder: Path, bolt: int, http: int) -> Iterator[Address]:
    folder.mkdir(parents=True, exist_ok=True)
    command = [
        str(java),
        "-Xmx1g",
        "-XX:-UsePerfData",
        f"-Djava.io.tmpdir={folder}",
        "-cp",
        f"{libraries}{os.sep}*",
        str(HERE / "Serve.java"),
        str(folder),
        str(bolt),
        str(http),
    ]
    log = folder / "serve.log"
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
        ) as process,
    ):
        try:
            yield _address(process, log)
        finally:
            _end(process)


def _address(process: subprocess.Popen[bytes], log: Path) -> Address:
    """Wait for the line that begins with READY."""
    assert process.stdout is not None
    watchdog = threading.Timer(READY_SECONDS, process.kill)
    watchdog.start()
    try:
        for line in process.stdout:
            if line.startswith(b"READY "):
                _, uri, browser = line.decode().split()
                return Address(uri.rstrip("/"), browser=browser)
    finally:
        watchdog.cancel()
        watchdog.join()
    raise RuntimeError(f"Neo4j did not start: {log.read_text('utf-8', 'replace')[-2000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill it: a shutdown takes 20 s, and nobody wants the data."""
    process.kill()
    process.communicate()


def main(arguments: list[str]) -> int:
    """Fetch servers into the cache, or run one."""
    verb, *rest = arguments or ["help"]
    if verb == "fetch":
        for version in rest or VERSIONS:
            print(fetch(version))  # noqa: T201
        return 0
    if verb == "serve":
        version = rest[0] if rest else next(iter(VERSIONS))
        ports = [int(port) for port in rest[1:3]] + [0, 0]
        _serve_until_interrupted(version, ports[0], ports[1])
        return 0
    print(__doc__)  # noqa: T201
    return 2


def _serve_until_interrupted(version: str, bolt: int, http: int) -> None:
    java, libraries = find_java(version), fetch(version)
    with (
        tempfile.TemporaryDirectory() as folder,
        _served(java, libraries, Path(folder), bolt, http) as address,
        contextlib.suppress(KeyboardInterrupt),
    ):
        where = f"{address.uri}, no login, Browser at {address.browser}"
        print(f"Neo4j {version}: {where}; Ctrl-C ends it", flush=True)  # noqa: T201
        threading.Event().wait()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        sys.exit(main(sys.argv[1:]))
    except NoServerError as error:
        sys.exit(f"neo4j_server: {error}")
