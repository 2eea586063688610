"""What a whole collection costs: CPU a domain, memory that stays, and what a second process brings.

    python bench/collection.py [DOMAINS]

DNS alone, against nsd on loopback: all that is asked of a domain, the archive, the ledger, the manifest.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from dns_loop import nsd, nsd_server

from sousveil.ingest.net.dns import name_server
from sousveil.ingest.net.ports import Server
from sousveil.ingest.records import Target
from sousveil.ingest.run import Options, Progress, begin, run

FEW, MANY = 500, 5_000
HEAD = """$ORIGIN example.
$TTL 3600
@ SOA ns hostmaster 1 3600 600 86400 60
@ NS ns
ns A 127.0.0.1
mx A 127.0.0.1
"""
DOMAIN = """{name} A 127.0.0.1
{name} MX 10 mx
{name} TXT "v=spf1 -all"
www.{name} CNAME {name}
selector1._domainkey.{name} CNAME selector1.mail.test.
"""


def private_megabytes() -> float:
    """Return the memory that is this process's own; mapped files are the system's."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("RssAnon"):
            return int(line.split()[1]) / 1024
    return 0.0


def collect(count: int, workers: int, server: Server, out: Connection) -> None:
    """Collect, and send (seconds, CPU seconds, megabytes at most)."""
    most = 0.0

    def tell(_now: Progress) -> None:
        nonlocal most
        most = max(most, private_megabytes())

    options = Options(resolvers=(name_server(server),), protocols=("dns",), rate=1e6)
    targets = [Target(f"d{number}.example") for number in range(count)]
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        made = begin(Path(folder), targets, options, "bench", "none")
        run(made, workers, tell, lambda: False)
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    out.send((time.monotonic() - started, sum(one.ru_utime + one.ru_stime for one in used), most))


def measure(count: int, workers: int, server: Server) -> tuple[float, float, float]:
    """Collect in a process of its own."""
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=collect, args=(count, workers, server, theirs))
    process.start()
    found: tuple[float, float, float] = ours.recv()
    process.join()
    return found


def main() -> None:
    """Measure a few and many domains, and two processes."""
    program = nsd()
    if program is None:
        sys.exit("bench/collection.py: no nsd here; Debian: apt install nsd")
    many = int(sys.argv[1]) if len(sys.argv) > 1 else MANY
    zone = HEAD + "".join(DOMAIN.format(name=f"d{number}") for number in range(many))
    with nsd_server(program, zone) as server:
        for count, workers in ((FEW, 1), (many, 1), (many, 2)):
            wall, used, most = measure(count, workers, server)
            print(
                f"{count:6} domains, {workers} process(es): {wall:6.1f} s, "
                f"{used / count * 1000:5.2f} ms CPU a domain, {most:5.1f} MB"
            )
    print(f"on {os.cpu_count()} cores, which nsd uses too")


if __name__ == "__main__":
    main()
