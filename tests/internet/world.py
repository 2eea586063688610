"""The miniature Internet: real servers in namespaces of their own, without a way out.

    python tests/internet/world.py shell           a shell inside, for playing
    python tests/internet/world.py run COMMAND …   one command inside
    python tests/internet/world.py install         the Debian packages that it needs

It ends when the process that started it does, however that ends: the first process inside waits for the end
of its input, and takes everything in its process namespace with it, commands that were run there included.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import atlas
from atlas import Atlas, Outcome, Truth
from configuration import HEADERS_MODULE, RESOLVER

HERE = Path(__file__).parent
PACKAGES = ("nsd", "unbound", "nginx-light", "libnginx-mod-http-headers-more-filter", "iproute2")
PROGRAMS = ("nsd", "unbound", "nginx", "ip", "unshare", "nsenter", "mount", "timeout")
PLACES = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"
STARTING = 60.0  # seconds; 2 on an idle machine
NAMESPACES = ("--user", "--net", "--mount", "--pid")
POLICY = Path("/usr/sbin/policy-rc.d")  # asked by Debian's packages whether to start their services
HELLO = """\
You are inside the miniature Internet; `exit` ends it. It has {hosts} names with a truth, and no way out. Try

  python3 -c 'import socket; print(socket.gethostbyname("www.cdn-by-cname.example"))'
  curl -i https://www.cdn-by-cname.example/        (dig, openssl s_client, nmap, … if you have them)
  sousveil collect cdn-by-cname.example --resolver {resolver} --allow-network 100.64.0.0/10

Names and truth: {here}/hosts/. Who announces which address: {table}. Logs: {folder}.
"""


class NoWorldError(Exception):
    """There can be no miniature Internet here; the message says why."""


@dataclass(frozen=True, slots=True)
class World:
    """A running miniature Internet.

    `asn_table` has lines of prefix, number, country and name, with tabs between; `roots` are the certificates
    to trust, which programs inside trust already. `resolver` answers inside only.
    """

    folder: Path
    atlas: Atlas
    pid: int
    resolver: str = RESOLVER

    @classmethod
    @contextlib.contextmanager
    def start(cls, folder: Path) -> Iterator[World]:
        """Start one with its files in `folder`, an empty or new folder; NoWorldError where that cannot be."""
        _look()
        folder.mkdir(parents=True, exist_ok=True)
        declared = atlas.read()
        _write_table(declared, folder)
        command = ["unshare", "--map-root-user", "--net", "--mount", "--pid", "--fork", "--kill-child"]
        command += [sys.executable, str(HERE / "inside.py"), str(folder.resolve())]
        with (
            (folder / "world.log").open("wb") as log,
            subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=_environment({"PYTHONPATH": str(HERE)}),
            ) as process,
        ):
            try:
                yield cls(folder, declared, _ready(process, folder))
            finally:
                process.kill()

    @property
    def truth(self) -> tuple[Truth, ...]:
        """Return who serves whom."""
        return self.atlas.truth

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """Return what may come of which question."""
        return self.atlas.outcomes

    @property
    def asn_table(self) -> Path:
        """Return the file that says who announces which block."""
        return self.folder / "asn.tsv"

    @property
    def roots(self) -> Path:
        """Return the file with the roots of our authorities."""
        return self.folder / "roots.pem"

    def enter(self) -> list[str]:
        """Return what goes before a command to run it inside."""
        return ["nsenter", "--target", str(self.pid), *NAMESPACES, "--preserve-credentials", "--"]

    def run(
        self,
        command: Sequence[str],
        env: Mapping[str, str] | None = None,
        *,
        stdin: str = "",
        seconds: float = 60.0,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command inside, with `env` and little else around it; it is killed after `seconds`."""
        return subprocess.run(
            [*self.enter(), "timeout", "--signal=KILL", str(seconds), *command],
            input=stdin, capture_output=True, text=True, env=_environment(env or {}), check=False,
            timeout=seconds + 10,
        )  # fmt: skip


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    given = {
        name: os.environ[name] for name in ("HOME", "TERM", "SOUSVEIL_HOME", "TMPDIR") if name in os.environ
    }
    path = f"{Path(sys.executable).parent}:{PLACES}"
    return given | {"PATH": path, "LANG": "C.UTF-8"} | dict(more)


def _missing() -> list[str]:
    missing = [name for name in PROGRAMS if shutil.which(name, path=PLACES) is None]
    return missing + ([] if HEADERS_MODULE.exists() else [HEADERS_MODULE.name])


def _look() -> None:
    """Raise NoWorldError unless programs and namespaces are there."""
    if sys.platform != "linux":
        raise NoWorldError("the miniature Internet needs Linux: it lives in namespaces")
    if missing := _missing():
        raise NoWorldError(f"no {', '.join(missing)}: apt-get install {' '.join(PACKAGES)}")
    tried = subprocess.run(
        ["unshare", "--map-root-user", "--net", "--mount", "--pid", "--fork", "true"],
        capture_output=True,
        text=True,
        check=False,
    )
    if tried.returncode:
        raise NoWorldError(f"namespaces are forbidden here: {tried.stderr.strip()}")


def _write_table(declared: Atlas, folder: Path) -> None:
    rows = [
        f"{prefix}\t{one.asn}\t{one.country}\t{one.name}\n"
        for one in declared.networks
        for prefix in (one.prefix, one.prefix6)
        if prefix
    ]
    (folder / "asn.tsv").write_text("".join(rows), "utf-8")


def _ready(process: subprocess.Popen[bytes], folder: Path) -> int:
    """Wait for the line that begins with READY; return the number of the first process inside."""
    assert process.stdout is not None
    watchdog = threading.Timer(STARTING, process.kill)
    watchdog.start()
    try:
        line = process.stdout.readline()
    finally:
        watchdog.cancel()
        watchdog.join()
    if not line.startswith(b"READY "):
        logs = "\n".join(path.read_text("utf-8", "replace")[-1500:] for path in sorted(folder.rglob("*.log")))
        raise RuntimeError(f"the miniature Internet did not start:\n{logs}")
    return int(line.split()[1])


def install() -> None:
    """Install what is missing with apt-get, without starting a service; NoWorldError where that cannot be."""
    if not _missing():
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise NoWorldError(f"not root, or no apt-get: install {' '.join(PACKAGES)} by hand")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    ours = not POLICY.exists()
    if ours:
        POLICY.write_text("#!/bin/sh\nexit 101\n", "utf-8")
        POLICY.chmod(0o755)
    try:
        subprocess.run(["apt-get", "update", "-qq"], env=quiet, check=True)
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES]
        subprocess.run(command, env=quiet, check=True, stdout=subprocess.DEVNULL)
    except subprocess.CalledProcessError as error:
        raise NoWorldError(f"apt-get could not install {' '.join(PACKAGES)}") from error
    finally:
        if ours:
            POLICY.unlink()


def main(arguments: list[str]) -> int:
    """Install the packages, or start a world and run something in it."""
    verb, *rest = arguments or ["help"]
    if verb == "install":
        install()
        return 0
    if verb not in {"shell", "run"}:
        print(__doc__)  # noqa: T201
        return 2
    with tempfile.TemporaryDirectory(prefix="sousveil-internet-") as place, World.start(Path(place)) as world:
        if verb == "shell":
            hosts = len({one.host for one in world.truth})
            told = HELLO.format(
                hosts=hosts, resolver=RESOLVER, here=HERE, table=world.asn_table, folder=place
            )
            print(told)  # noqa: T201
        command = rest if verb == "run" else [os.environ.get("SHELL", "/bin/sh")]
        return subprocess.run([*world.enter(), *command], env=_environment({}), check=False).returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except NoWorldError as error:
        sys.exit(f"internet: {error}")
