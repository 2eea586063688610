"""CPU of a DNS question: our loop, dnspython's own ways, and the fast tools where they are installed.

    python bench/dns_loop.py [QUESTIONS]

All ask the same server on loopback for MX records of names that it answers at once: nsd where it is
installed, else a small server in Python. Only the asking side's CPU counts.
"""

from __future__ import annotations

import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import dns.message
import dns.query
import dns.resolver
from dns.rdatatype import MX

from sousveil.ingest.net.dns import Loop, resolve
from sousveil.ingest.net.policy import Rate
from sousveil.ingest.net.ports import Question, Server

QUESTIONS = 20_000
THREADS = 32
ZONE = """$ORIGIN example.
@ 3600 IN SOA ns hostmaster 1 3600 600 86400 60
@ 3600 IN NS ns
ns 3600 IN A 127.0.0.1
* 3600 IN MX 10 mx1.mail.test.
* 3600 IN MX 20 mx2.mail.test.
"""
ANSWER = (  # two MX records of the name that was asked for
    bytes.fromhex("c00c000f000100000e100010000a036d7831046d61696c047465737400")
    + bytes.fromhex("c00c000f000100000e1000100014036d7832046d61696c047465737400")
)
NSD = """server:
  ip-address: 127.0.0.1@{port}
  port: {port}
  username: ""
  chroot: ""
  zonesdir: "{folder}"
  database: ""
  pidfile: "{folder}/nsd.pid"
  xfrdfile: "{folder}/xfrd.state"
  zonelistfile: "{folder}/zone.list"
  rrl-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: example
  zonefile: zone
"""


def answer_forever(sock: socket.socket) -> None:
    """Answer every question with the same two records."""
    while True:
        query, source = sock.recvfrom(4096)
        end = query.index(b"\0", 12) + 5
        sock.sendto(query[:2] + b"\x84\0\0\1\0\2\0\0\0\0" + query[12:end] + ANSWER, source)


def nsd() -> str | None:
    """Find nsd, which stands where only root looks."""
    return shutil.which("nsd", path=f"{os.environ['PATH']}:/usr/sbin")


@contextmanager
def python_server() -> Iterator[Server]:
    """Run the small server in a process of its own."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        process = get_context("fork").Process(target=answer_forever, args=(sock,), daemon=True)
        process.start()
        try:
            yield sock.getsockname()
        finally:
            process.kill()
            process.join()


@contextmanager
def nsd_server(program: str, zone: str = ZONE) -> Iterator[Server]:
    """Run nsd on a free port, with the zone `example`."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        server: Server = free.getsockname()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "zone").write_text(zone, "utf-8")
        config = Path(folder, "nsd.conf")
        config.write_text(NSD.format(port=server[1], folder=folder), "utf-8")
        process = subprocess.Popen([program, "-d", "-c", str(config)], stderr=subprocess.DEVNULL)
        try:
            _await(server)
            yield server
        finally:
            process.terminate()
            process.wait()


def _await(server: Server) -> None:
    query = dns.message.make_query("a.example", MX)
    for _ in range(50):
        try:
            dns.query.udp(query, server[0], port=server[1], timeout=0.2)
        except (OSError, dns.exception.Timeout):
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"no answer from {server}")


def spent() -> float:
    """Return the CPU seconds of this process, and of its children that have ended."""
    mine, theirs = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return mine.ru_utime + mine.ru_stime + theirs.ru_utime + theirs.ru_stime


def our_loop(server: Server, names: list[str]) -> None:
    """Ask through our loop."""
    loop = Loop([server], Rate(1e9, 1e9))
    good = sum(one.outcome == "ok" for one in resolve(loop, (Question(name, MX) for name in names)))
    loop.close()
    if good != len(names):
        raise RuntimeError(f"{len(names) - good} of {len(names)} questions failed")


def query_in_threads(server: Server, names: list[str]) -> None:
    """Ask through dns.query.udp."""

    def ask(name: str) -> None:
        dns.query.udp(dns.message.make_query(name, MX), server[0], port=server[1], timeout=5)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(ask, names))


def resolver_in_threads(server: Server, names: list[str]) -> None:
    """Ask through dns.resolver, as most programs do."""
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = [server[0]], server[1]

    def ask(name: str) -> None:
        resolver.resolve(name, MX)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(ask, names))


def tool(command: list[str], lines: Callable[[str], str]) -> Callable[[Server, list[str]], None]:
    """Ask through another program, which reads a file of names, and maybe one of resolvers."""

    def run(server: Server, names: list[str]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file, resolvers = Path(folder, "names"), Path(folder, "resolvers")
            file.write_text("".join(map(lines, names)), "utf-8")
            resolvers.write_text(f"{server[0]}:{server[1]}\n", "utf-8")
            filled = [
                part.format(
                    host=server[0],
                    port=server[1],
                    server=f"{server[0]}:{server[1]}",
                    file=file,
                    resolvers=resolvers,
                )
                for part in command
            ]
            subprocess.run(filled, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    return run


PEERS = {
    "dnsperf": tool(["dnsperf", "-s", "{host}", "-p", "{port}", "-d", "{file}", "-n", "1"], "{} MX\n".format),
    "massdns": tool(["massdns", "-r", "{resolvers}", "-t", "MX", "{file}"], "{}\n".format),
    "zdns": tool(["zdns", "MX", "--name-servers={server}", "--input-file={file}"], "{}\n".format),
}


def measure(ask: Callable[[Server, list[str]], None], server: Server, names: list[str]) -> float:
    """Return the microseconds of CPU for each question."""
    before = spent()
    ask(server, names)
    return (spent() - before) / len(names) * 1e6


def main() -> None:
    """Measure everything that is here, in one run."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else QUESTIONS
    names = [f"n{number}-{os.getpid()}.example" for number in range(count)]
    ways = {
        "our loop": our_loop,
        "dns.query.udp, threads": query_in_threads,
        "dns.resolver, threads": resolver_in_threads,
    } | {name: way for name, way in PEERS.items() if shutil.which(name)}
    program = nsd()
    with nsd_server(program) if program else python_server() as server:
        our_loop(server, names[:1000])
        took = {name: measure(way, server, names) for name, way in ways.items()}
    print(f"{count} questions, server: {'nsd' if program else 'Python'}")
    for name, micros in took.items():
        print(f"{name:24} {micros:7.1f} µs CPU  {micros / took['our loop']:5.2f} x our loop")


if __name__ == "__main__":
    main()
