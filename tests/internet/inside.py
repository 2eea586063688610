"""Runs inside the namespaces, as their first process: builds the world, starts its servers, and keeps them.

python inside.py FOLDER     prints READY and its process id; ends, with everything here, when its input does
"""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import multiprocessing
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import atlas as declared
import certifi
import configuration
import hostile_dns
import hostile_http
import mailhosts
import registries
import zones
from atlas import Atlas, Certificate
from authorities import Authorities

STARTING = 20.0  # seconds until every server answers; 2 on an idle machine
UNANSWERED = "unanswered"  # the trap that drops whoever connects
UNREACHABLE = "100.127.0.0/16"


def main(folder: Path) -> None:
    """Build, start, serve."""
    world = declared.read()
    files = _build(world, folder)
    _network(world)
    _mounts(folder)
    trapping = multiprocessing.get_context("fork").Process(target=lambda: asyncio.run(_trap(world, folder)))
    trapping.start()
    children = [subprocess.Popen(command, stdin=subprocess.DEVNULL) for command in files]
    try:
        asyncio.run(_serve(world, folder, children))
    finally:
        for child in (*children, trapping):
            child.kill()


def _build(world: Atlas, folder: Path) -> list[list[str]]:
    """Write zones, certificates and configuration; return the commands of the real servers."""
    _certify(world, folder)
    commands = []
    for server in zones.write(world, folder):
        file = folder / f"nsd-{server.name}.conf"
        file.write_text(configuration.nsd(server, folder), "utf-8")
        commands.append([_program("nsd"), "-d", "-c", str(file)])
    (folder / "root.hints").write_text(zones.hints(), "utf-8")
    (folder / "unbound.conf").write_text(configuration.unbound(folder, folder / "root.hints"), "utf-8")
    (folder / "nginx.conf").write_text(configuration.nginx(world, folder), "utf-8")
    commands.append([_program("unbound"), "-d", "-c", str(folder / "unbound.conf")])
    commands.append([_program("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf")])
    return commands


def _program(name: str) -> str:
    """Find a server: Debian keeps them where users do not look."""
    found = shutil.which(name, path="/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin")
    if found is None:
        raise FileNotFoundError(f"{name} is not installed")
    return found


def _certify(world: Atlas, folder: Path) -> None:
    """Write the key, the roots, and the chain of every site, mail host, registry and trap."""
    authorities = Authorities(dt.datetime.now(dt.UTC))
    (folder / "key.pem").write_bytes(authorities.private_key())
    (folder / "roots.pem").write_bytes(authorities.roots())
    wanted = {f"certificate-{number}": site.certificate for number, site in enumerate(world.sites)}
    wanted |= {f"mail-{number}": host.certificate for number, host in enumerate(world.mail)}
    wanted["registries"] = Certificate(issuer="digicert", names=tuple(registries.names(world)))
    wanted["traps"] = Certificate(names=("*.hostile.test", "hostile.test"))
    for name, certificate in wanted.items():
        if certificate is not None:
            (folder / f"{name}.pem").write_bytes(authorities.chain(certificate))


def _context(folder: Path, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / f"{name}.pem", folder / "key.pem")
    return context


def _network(world: Atlas) -> None:
    """Make all of 100.64.0.0/10 and the IPv6 addresses in use ours; there is no other route."""
    values = {one for (_, kind), found in world.records.items() if kind == "AAAA" for one in found}
    values |= {one for one in (*zones.ROOT, *zones.REGISTRY) if ":" in one}
    lines = [
        "link set lo up",
        "route add local 100.64.0.0/10 dev lo",
        f"route add unreachable {UNREACHABLE}",
        *(f"addr add {value}/128 dev lo nodad" for value in sorted(values) if value.startswith("2001:db8:")),
    ]
    subprocess.run([_program("ip"), "-batch", "-"], input="\n".join(lines), text=True, check=True)


def _mounts(folder: Path) -> None:
    """Hide the machine's own resolver sockets, and put ours and our roots where programs look."""
    resolver = folder / "resolv.conf"
    resolver.write_text(f"nameserver {configuration.RESOLVER}\noptions timeout:2 attempts:1\n", "utf-8")
    system = Path("/etc/resolv.conf").resolve()
    kept = {system: resolver, Path(certifi.where()): folder / "roots.pem"}
    if bundle := ssl.get_default_verify_paths().cafile:
        kept[Path(bundle).resolve()] = folder / "roots.pem"
    for run in {Path("/run").resolve(), Path("/var/run").resolve()}:
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(run)], check=True)
    for place, file in kept.items():
        if not place.exists():  # it was below /run
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()
        subprocess.run(["mount", "--bind", str(file), str(place)], check=True)


async def _serve(world: Atlas, folder: Path, children: Iterable[subprocess.Popen[bytes]]) -> None:
    """Serve what real servers cannot, say READY once all answer, and go on until the input ends."""
    await hostile_dns.serve()
    await registries.serve(world, _context(folder, "registries"))
    contexts = {
        host.names[0]: _context(folder, f"mail-{number}")
        for number, host in enumerate(world.mail)
        if host.certificate
    }
    await mailhosts.serve(world, contexts, folder / "mail.txt")
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, functools.partial(_wait_for, world, children))
    print("READY", await loop.run_in_executor(None, os.readlink, "/proc/self"), flush=True)  # noqa: T201 - the number as seen from outside
    await loop.run_in_executor(None, sys.stdin.read)


async def _trap(world: Atlas, folder: Path) -> None:
    """Serve the traps, in a process of its own: their floods would make the others wait."""
    traps = world.traps
    kept = hostile_http.unanswering(traps.pop(UNANSWERED), (25, 80, 443))
    await hostile_http.serve(traps, _context(folder, "traps"))
    await asyncio.Event().wait()
    del kept


def _wait_for(world: Atlas, children: Iterable[subprocess.Popen[bytes]]) -> None:
    """Wait until every server takes a connection; one that ended is an error."""
    hosts = [(configuration.RESOLVER, 53), (zones.ROOT[0], 53), (zones.REGISTRY[0], 53)]
    hosts += [(world.addresses("ns1.hosting.test")[0], 53), (world.addresses("www.hosting.test")[0], 80)]
    hosts.append((list(world.traps.values())[-1], 25))
    deadline = time.monotonic() + STARTING
    for host in hosts:
        while True:
            ended = [child.args for child in children if child.poll() is not None]
            if ended or time.monotonic() > deadline:
                raise RuntimeError(f"{host} does not answer; ended: {ended}")
            try:
                socket.create_connection(host, timeout=1).close()
                break
            except OSError:
                time.sleep(0.02)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
