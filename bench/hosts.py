"""CPU per host for TLS and HTTP, in one run: ours, which shares one SSLContext, and `requests` left alone.

    python bench/hosts.py [HOSTS]

The server is a process of its own on loopback: what is counted is the client's user and system time. A host
is a connection of its own with a full handshake and one page, as for one that nobody saw before; ours also
keeps the bytes, the chain, and whether it holds. `requests` has verify=False and a session for each host.
"""

from __future__ import annotations

import ipaddress
import multiprocessing
import socket
import ssl
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import requests
import urllib3.exceptions

from sousveil.ingest.net import Net, Policy, Rate, Rates, Visit
from sousveil.ingest.net.http import Site
from sousveil.ingest.records import Exchange

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "servers"))
from rogues import authority, leaf, server_context

HOSTS = 250
ROUNDS = 5  # in turn; the best of each counts, because a busy machine makes both dearer
AIM, LEAST = 3.0, 8.0  # ms for ours; how many times the other must cost
BODY = b"<html>" + b"x" * 20_000 + b"</html>"
PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b" % (len(BODY), BODY)


class Nobody:
    """No name is looked up here."""

    def addresses(self, host: str) -> tuple[str, ...]:
        """Know nothing."""
        raise NotImplementedError(host)

    def ask(self, target: str, name: str, kind: str) -> Exchange:
        """Know nothing."""
        raise NotImplementedError(target, name, kind)


def serve(pipe: Connection) -> None:
    """Serve the page over TLS, with a chain of two, until the process is ended."""
    root = authority()
    middle = authority("Middle", root)
    with tempfile.TemporaryDirectory() as folder:
        context = server_context(Path(folder), leaf(middle), middle)
    server = socket.create_server(("127.0.0.1", 0), backlog=128)
    pipe.send(server.getsockname()[1])
    while True:
        connection, _ = server.accept()
        threading.Thread(target=answer, args=(connection, context), daemon=True).start()


def answer(connection: socket.socket, context: ssl.SSLContext) -> None:
    """Answer one request."""
    with context.wrap_socket(connection, server_side=True) as secured:
        request = b""
        while not request.endswith(b"\r\n\r\n"):
            request += secured.recv(4096)
        secured.sendall(PAGE)


def ours(port: int, hosts: int) -> None:
    """Ask as the collector does."""
    free = Rate(1e9, 1e9)
    rates = Rates(network=free, resolver=free, registry=free)
    policy = Policy(allow=(ipaddress.ip_network("127.0.0.0/8"),), rates=rates, ports=(("https", port),))
    with Net(policy, Nobody()) as net:
        for number in range(hosts):
            url = f"https://h{number}.example/"
            with Site(net, Visit(60), url, "127.0.0.1") as site:
                reply = site.get(url, 1 << 20)
            if reply.body != BODY or site.handshake is None or not site.handshake.chain:
                raise RuntimeError(f"no page: {reply.outcome} {reply.notes}")


def theirs(port: int, hosts: int) -> None:
    """Ask with a session and a context for each host."""
    warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)
    for _ in range(hosts):
        with requests.Session() as session:
            if session.get(f"https://127.0.0.1:{port}/", verify=False, timeout=10).content != BODY:
                raise RuntimeError("no page")


def cost(run: Callable[[int, int], None], port: int, hosts: int) -> tuple[float, float]:
    """Return CPU and wall milliseconds per host."""
    cpu, wall = time.process_time(), time.perf_counter()
    run(port, hosts)
    return (time.process_time() - cpu) * 1000 / hosts, (time.perf_counter() - wall) * 1000 / hosts


def main() -> int:
    """Print the table; 1 if an aim is missed."""
    hosts = int(sys.argv[1]) if len(sys.argv) > 1 else HOSTS
    pipe, other = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(other,), daemon=True)
    server.start()
    port = pipe.recv()
    ours(port, 10)  # what is made once
    rounds = [(cost(ours, port, hosts // ROUNDS), cost(theirs, port, hosts // ROUNDS)) for _ in range(ROUNDS)]
    mine, alone = (min(one) for one in zip(*rounds, strict=True))
    server.terminate()
    print(f"TLS + HTTP, {hosts} hosts         CPU ms/host  wall ms/host")
    for name, (cpu, wall) in (("one shared SSLContext (ours)", mine), ("requests, a context each", alone)):
        print(f"{name:<30}{cpu:>12.2f}{wall:>14.2f}")
    times = alone[0] / mine[0]
    print(f"{times:.1f} times less CPU (aim: {LEAST:.0f} or more); {mine[0]:.2f} ms (aim: under {AIM:.0f})")
    return int(times < LEAST or mine[0] >= AIM)


if __name__ == "__main__":
    sys.exit(main())
