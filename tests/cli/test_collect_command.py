"""`sousveil collect` as a user runs it, with a name server on loopback for its resolver."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dns.message
import dns.rcode
import pytest
from name_server import NameServer, reply
from program import Program

pytestmark = pytest.mark.loopback


def absent(message: dns.message.Message, _tcp: bool) -> Iterator[bytes]:
    yield reply(message, code=dns.rcode.NXDOMAIN)


@pytest.fixture(scope="module")
def server() -> Iterator[NameServer]:
    with NameServer(absent) as serving:
        yield serving


@pytest.fixture
def program(tmp_path: Path) -> Program:
    made = Program(tmp_path)
    made.home.mkdir()
    (made.home / "collecting-accepted").touch()
    return made


def asking(server: NameServer, rate: str = "9999") -> tuple[str, ...]:
    return ("--resolver", server.place, "--protocols", "dns", "--rate", rate)


def test_the_first_collection_warns_and_wants_a_yes_once(server: NameServer, tmp_path: Path) -> None:
    program = Program(tmp_path)
    before = len(server.asked)
    refused = program("collect", "a.test", *asking(server))
    assert refused.returncode == 2
    for word in ("tells the watched who looks", "--neutral-agent", "Tor", "vantage", "--yes"):
        assert word in refused.stderr
    assert len(server.asked) == before
    assert not (program.home / "runs").exists()
    assert program("collect", "a.test", *asking(server), "--yes").returncode == 0
    again = program("collect", "a.test", *asking(server))
    assert again.returncode == 0
    assert "watched" not in again.stderr


def test_a_run_ends_with_its_outcomes_and_the_next_command(server: NameServer, program: Program) -> None:
    done = program("collect", "a.test", "b.test", *asking(server))
    assert done.returncode == 0, done.stderr
    (run,) = (program.home / "runs").iterdir()
    assert "2 of 2 targets" in done.stdout
    assert "not-attempted 52, absent 24" in done.stdout
    assert f"sousveil observe {run}" in done.stdout
    assert program("archive", "verify", str(run)).returncode == 0


def test_targets_come_from_a_file_and_from_stdin(server: NameServer, program: Program) -> None:
    (program.folder / "list").write_text("# two\na.test\nb.test\n")
    assert "2 of 2" in program("collect", "-f", "list", *asking(server)).stdout
    assert (
        "3 of 3" in program("collect", "c.test", "-f", "-", *asking(server), stdin="a.test\nb.test\n").stdout
    )


def test_every_wrong_line_is_named_and_nothing_is_asked(server: NameServer, program: Program) -> None:
    (program.folder / "list").write_text("a.test\nexa mple.test\nxn--a.test\n")
    done = program("collect", "-f", "list", *asking(server))
    assert done.returncode == 2
    assert "list, line 2: 'exa mple.test': no domain name" in done.stderr
    assert "list, line 3: 'xn--a.test': no domain name" in done.stderr
    assert "2 of 3 lines name no target; nothing was asked" in done.stderr
    assert not (program.home / "runs").exists()


@pytest.mark.parametrize(
    ("args", "code", "told"),
    [
        ((), 2, "no targets"),
        (("a.test", "--protocols", "gopher"), 2, "there is no protocol 'gopher'"),
        (("a.test", "--resolver", "dns.example"), 1, "write an address"),
        (("a.test", "--allow-network", "10.0.0.0/99"), 1, "write 192.0.2.0/24"),
        (("a.test", "--proxy", "http://127.0.0.1:1", "--resolver", "192.0.2.1"), 1, "socks5h"),
        (("a.test", "--proxy", "socks5h://127.0.0.1:1"), 1, "names would betray you"),
        (("a.test", "--resume", "somewhere"), 2, "a resumed run has its targets"),
        (("--resume", "nowhere"), 1, "no run of `sousveil collect`"),
        (("-f", "nowhere"), 2, "nowhere: No such file"),
    ],
)
def test_wrong_usage_is_told_before_anything_is_asked(
    program: Program, args: tuple[str, ...], code: int, told: str
) -> None:
    done = program("collect", *args)
    assert (done.returncode, told in done.stderr) == (code, True), done.stderr
    assert not (program.home / "runs").exists()


def pressed(program: Program, server: NameServer, times: int) -> tuple[int, str, float]:
    """Collect slowly, press Ctrl-C so often, and return exit code, stderr, and the seconds that it took."""
    names = [f"d{number}.test" for number in range(100)]
    command = [sys.executable, "-c", "from sousveil.cli import main; main()", "collect", *names]
    with subprocess.Popen(
        [*command, *asking(server, "200")], stderr=subprocess.PIPE, text=True, env=program.env
    ) as process:
        before = len(server.asked)
        while len(server.asked) < before + 30:
            time.sleep(0.05)
        started = time.monotonic()
        for _ in range(times):
            process.send_signal(signal.SIGINT)
            time.sleep(0.3)
        _, told = process.communicate(timeout=60)
    return process.returncode, told, time.monotonic() - started


def test_ctrl_c_finishes_what_is_under_way_and_says_how_to_go_on(
    server: NameServer, program: Program
) -> None:
    code, told, _ = pressed(program, server, 1)
    (run,) = (program.home / "runs").iterdir()
    assert code == 130
    assert f"sousveil collect --resume {run}" in told
    before = len(server.asked)
    done = program("collect", "--resume", str(run))
    assert "100 of 100" in done.stdout
    assert len(server.asked) > before


def test_ctrl_c_twice_stops_at_once(server: NameServer, program: Program) -> None:
    code, told, took = pressed(program, server, 2)
    assert code == 130
    assert "Stopped. To go on: sousveil collect --resume" in told
    assert took < 5
