"""The miniature Internet keeps its promises; the client, probe.py, shares nothing with the collectors."""

from __future__ import annotations

import base64
import ipaddress
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import hostile_dns
import hostile_http
import pytest
from atlas import Outcome, read
from cryptography import x509
from world import World

from sousveil.catalogue import load
from sousveil.schema import observations

HERE = Path(__file__).parent
ATLAS = read()
pytestmark = pytest.mark.loopback


def _probe(world: World, jobs: list[list[Any]]) -> list[dict[str, Any]]:
    done = world.run([sys.executable, str(HERE / "probe.py")], stdin=json.dumps(jobs))
    assert done.returncode == 0, done.stderr
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


def _job(one: Outcome, resolver: str) -> list[Any] | None:
    """Return how to try an outcome by hand; registries and policies are tried elsewhere."""
    if one.host.endswith(".odd.test"):
        return ["ask", hostile_dns.SERVER, one.host, one.question]
    if one.question in {"A", "MX"}:
        return ["ask", resolver, one.host, one.question, 5.0]
    verbs = {"GET": "fetch", "handshake": "shake", "banner": "greet"}
    return [verbs[one.question], one.host] if one.question in verbs else None


@pytest.fixture(scope="module")
def seen(internet: World) -> dict[tuple[str, str], dict[str, Any]]:
    """Return what came of every question of the atlas: (host, question) → answer."""
    jobs = {(one.host, one.question): _job(one, internet.resolver) for one in internet.outcomes}
    tried = {key: job for key, job in jobs.items() if job}
    return dict(zip(tried, _probe(internet, list(tried.values())), strict=True))


@pytest.mark.parametrize(
    "one",
    [one for one in ATLAS.outcomes if one.question in {"A", "MX", "TXT", "handshake"}],
    ids=lambda one: f"{one.host} {one.question}",
)
def test_question_has_one_of_its_outcomes(one: Outcome, seen: dict[tuple[str, str], dict[str, Any]]) -> None:
    answer = seen[one.host, one.question]
    got = answer.get("outcome") or answer["ended"]
    lame = one.outcomes == ("servfail",) and got == "timeout"  # a resolver asks for long before it gives up
    assert got in one.outcomes or lame, answer


@pytest.mark.parametrize("name", ["wrong-id", "wrong-question", "wrong-port", "wrong-address"])
def test_forgery_arrives(name: str, seen: dict[tuple[str, str], dict[str, Any]]) -> None:
    assert seen[f"{name}.odd.test", "A"]["ignored"] == 1


def test_truth_comes_after_every_forgery(seen: dict[tuple[str, str], dict[str, Any]]) -> None:
    answer = seen["spoofed.odd.test", "A"]
    assert (answer["ignored"], answer["values"]) == (4, [hostile_dns.ANSWER])


def test_answers_are_as_big_and_long_as_they_say(seen: dict[tuple[str, str], dict[str, Any]]) -> None:
    assert seen["big-txt.odd.test", "TXT"]["size"] > 64_000
    assert len(seen["many-answers.odd.test", "A"]["values"]) == 3000
    assert seen["oversized.odd.test", "A"]["size"] > 15_000
    assert seen["chain-30.odd.test", "A"]["hops"] == 30
    assert seen["zigzag-1.chains.example", "A"]["hops"] == 5


@pytest.mark.parametrize("name", hostile_http.REDIRECTS)
def test_redirect_leads_where_it_says(name: str, seen: dict[tuple[str, str], dict[str, Any]]) -> None:
    assert seen[f"{name}.hostile.test", "GET"]["location"] == hostile_http.REDIRECTS[name]


WEB = {
    "unanswered": {"ended": "timeout", "got": 0},
    "silent-accept": {"ended": "timeout", "got": 0},
    "slow-body": {"ended": "timeout", "head_size": 63},
    "endless-body": {"ended": "limit"},
    "endless-chunks": {"ended": "limit"},
    "endless-head": {"ended": "limit"},
    "endless-continue": {"ended": "limit"},
    "huge-html": {"ended": "limit", "head_size": 67},
    "deep-html": {"ended": "closed", "deep": 100_000},
    "redirect-loop": {"location": "/"},
    "redirect-endless": {"location": "/1"},
    "reset": {"ended": "reset", "got": 0},
    "reset-body": {"ended": "reset"},
    "closed": {"got": 0},
    "many-cookies": {"cookies": 10_000},
    "many-headers": {"lines": 10_002},
    "short-body": {"ended": "closed", "got": 75},
    "bad-gzip": {"unpacked": -1},
}


@pytest.mark.parametrize("name", WEB)
def test_web_trap_does_what_it_says(name: str, seen: dict[tuple[str, str], dict[str, Any]]) -> None:
    answer = seen[f"{name}.hostile.test", "GET"]
    assert {key: answer[key] for key in WEB[name]} == WEB[name]


def test_slow_loris_sends_a_byte_a_second(seen: dict[tuple[str, str], dict[str, Any]]) -> None:
    assert 1 <= seen["slow-loris.hostile.test", "GET"]["got"] <= 4


@pytest.mark.parametrize("name", ["gzip-bomb", "brotli-bomb"])
def test_bomb_is_small_and_unpacks_to_much(name: str, seen: dict[tuple[str, str], dict[str, Any]]) -> None:
    answer = seen[f"{name}.hostile.test", "GET"]
    assert answer["unpacked"] > 50 * answer["got"] > 0


def test_headers_of_a_megabyte(seen: dict[tuple[str, str], dict[str, Any]]) -> None:
    assert seen["megabyte-header.hostile.test", "GET"]["head_size"] > 1_000_000


def test_charset_lies(seen: dict[tuple[str, str], dict[str, Any]]) -> None:
    answer = seen["charset-lie.hostile.test", "GET"]
    assert "utf-8" in answer["head"]
    assert "监控公司".encode("gb18030") in base64.b64decode(answer["body"])


def test_mail_traps_misbehave(seen: dict[tuple[str, str], dict[str, Any]]) -> None:
    def of(name: str) -> dict[str, Any]:
        return seen[f"{name}.hostile.test", "banner"]

    assert of("smtp-silent") == {"ended": "timeout", "got": 0, "text": ""}
    assert of("smtp-refusing")["text"].startswith("554 ")
    assert {of("smtp-endless")["ended"], of("smtp-long-line")["ended"]} == {"limit"}
    assert of("smtp-slow")["got"] <= 4
    assert "this is not TLS" in of("smtp-tls-garbage")["text"]


def test_every_trap_and_odd_name_has_outcomes() -> None:
    web = {*hostile_http.HTTP, *hostile_http.TLS, *hostile_http.SMTP, "unanswered"}
    assert set(ATLAS.traps) == web
    hosts = {one.host for one in ATLAS.outcomes}
    assert {f"{name}.odd.test" for name in hostile_dns.BEHAVIOURS} <= hosts


def _leaf(seen: dict[tuple[str, str], dict[str, Any]], name: str) -> tuple[x509.Certificate, int]:
    chain = seen[f"{name}.certificates.test", "handshake"]["chain"]
    return x509.load_pem_x509_certificate(chain[0].encode()), len(chain)


def test_certificates_are_as_wrong_as_they_say(seen: dict[tuple[str, str], dict[str, Any]]) -> None:
    names = x509.SubjectAlternativeName
    expired, _ = _leaf(seen, "expired")
    assert (expired.not_valid_after_utc - expired.not_valid_before_utc).days == 90
    assert expired.not_valid_after_utc.timestamp() < time.time()
    assert _leaf(seen, "not-yet")[0].not_valid_before_utc.timestamp() > time.time()
    alone, _ = _leaf(seen, "self-signed")
    assert alone.issuer == alone.subject
    alone.verify_directly_issued_by(alone)
    assert len(_leaf(seen, "many-names")[0].extensions.get_extension_for_class(names).value) == 10_000
    assert _leaf(seen, "long-chain")[1] == 100
    mismatch = _leaf(seen, "mismatch")[0].extensions.get_extension_for_class(names).value
    assert mismatch.get_values_for_type(x509.DNSName) == ["www.somebody-else.example"]
    assert b"www.google.com\0.hostile.test" in _leaf(seen, "nul-name")[0].public_bytes(_der())
    assert "\u202emoc.elgoog".encode() in _leaf(seen, "rtl-name")[0].public_bytes(_der())


def _der() -> Any:
    from cryptography.hazmat.primitives.serialization import Encoding

    return Encoding.DER


SITES = """
import json, sys, requests
def look(job):
    name, path, secure = job
    answer = requests.get(f"http{'s' if secure else ''}://{name}{path}", allow_redirects=False, timeout=10)
    return [answer.status_code, dict(answer.headers)]
json.dump([look(job) for job in json.load(sys.stdin)], sys.stdout)
"""


def test_every_sound_site_answers_for_its_name_with_its_headers(internet: World) -> None:
    sites = [
        site
        for site in internet.atlas.sites
        if not site.certificate or (not site.certificate.flaw and site.names[0] in site.certificate.names)
    ]
    sites = [site for site in sites if "TLSv1.3" in site.protocols and "_" not in site.names[0]]
    jobs = [(site.names[0], path, bool(site.certificate)) for site in sites for path in site.pages]
    done = internet.run([sys.executable, "-c", SITES], stdin=json.dumps(jobs))
    assert done.returncode == 0, done.stderr
    answers = iter(json.loads(done.stdout))
    for site in sites:
        for path, page in site.pages.items():
            status, headers = next(answers)
            wanted = 302 if page.redirect and page.status == 200 else page.status
            assert (site.names[0], path, status) == (site.names[0], path, wanted)
            assert site.headers.items() <= headers.items(), site.names[0]
            assert page.redirect in {None, headers.get("Location")}


def test_ipwhois_works_unchanged_and_tells_allocation_from_announcement(internet: World) -> None:
    code = (
        "import json; from ipwhois import IPWhois\n"
        "for one in ('100.65.32.1', '100.66.250.1', '100.70.1.1'):\n"
        "    got = IPWhois(one).lookup_rdap(depth=0, inc_raw=False)\n"
        "    print(json.dumps([got['asn'], got['asn_country_code'], got['network']['cidr'],"
        " got['objects']['ORG-1']['contact']['name']]))\n"
    )
    done = internet.run([sys.executable, "-c", code])
    assert done.returncode == 0, done.stderr
    cloudflare, brought, akamai = map(json.loads, done.stdout.splitlines())
    assert cloudflare == ["13335", "US", "100.65.0.0/16", "Cloudflare, Inc."]
    assert brought == ["16509", "US", "100.66.250.0/24", "Watched Seven Networks"]
    assert akamai == ["20940", "NL", "100.70.0.0/16", "Akamai International B.V."]


def test_registries_answer_like_the_real_ones(internet: World) -> None:
    code = """
import json, requests
base = requests.get("https://data.iana.org/rdap/dns.json", timeout=10).json()["services"]
url = next(urls[0] for tlds, urls in base if "example" in tlds)
registered = requests.get(url + "domain/registered.example", timeout=10).json()
print(registered["entities"][0]["publicIds"][0]["identifier"])
print(any("cn" in tlds for tlds, urls in base))
for name in ("rdap-absent", "rdap-throttled"):
    print(requests.get(url + f"domain/{name}.example", timeout=10).status_code)
moved = requests.get("https://rdap.arin.net/registry/ip/100.74.5.6", timeout=10)
print(moved.url, moved.json()["entities"][0]["vcardArray"][1][1][3])
"""
    done = internet.run([sys.executable, "-c", code])
    assert done.returncode == 0, done.stderr
    wanted = ["292", "False", "404", "429", "https://rdap.db.ripe.net/ip/100.74.5.6 Hetzner Online GmbH"]
    assert done.stdout.splitlines() == wanted


def test_mail_host_speaks_starttls_with_its_certificate_and_keeps_mail(internet: World) -> None:
    code = """
import smtplib, ssl
with smtplib.SMTP("mail.watched-networks.example", timeout=10) as client:
    client.starttls(context=ssl.create_default_context())
    client.sendmail("a@embeds.example", ["b@watched-networks.example"], "Subject: hello\\n\\nkept here")
print(client.ehlo_resp is not None)
"""
    done = internet.run([sys.executable, "-c", code])
    assert done.returncode == 0, done.stderr
    assert "kept here" in (internet.folder / "mail.txt").read_text("utf-8")


def test_reverse_names_are_the_hosters(internet: World) -> None:
    answer = _probe(internet, [["ask", internet.resolver, "6.5.74.100.in-addr.arpa", "PTR", 5.0]])[0]
    assert answer["values"] == ["static.6.5.74.100.clients.your-server.de."]


def test_there_is_no_way_out(internet: World) -> None:
    places = ["1.1.1.1", "93.184.215.14", "10.0.0.1", "169.254.169.254", "192.0.2.1", "2606:4700::1111"]
    told = _probe(internet, [["connect", place, port] for place in places for port in (53, 80, 443)])
    assert {one["ended"] for one in told} == {"errno 101"}  # ENETUNREACH
    assert _probe(internet, [["connect", "100.127.0.1", 80]])[0]["ended"] == "errno 113"  # EHOSTUNREACH


def test_machine_s_own_resolver_cannot_be_reached(internet: World) -> None:
    done = internet.run(["sh", "-c", "cat /etc/resolv.conf; find /run /var/run -type s"])
    assert done.stdout.splitlines() == [f"nameserver {internet.resolver}", "options timeout:2 attempts:1"]


def test_command_is_killed_in_time(internet: World) -> None:
    begin = time.monotonic()
    assert internet.run(["sleep", "50"], seconds=0.5).returncode == -signal.SIGKILL
    assert time.monotonic() - begin < 5


def test_two_stand_beside_each_other_and_nothing_outlives_a_kill(internet: World, tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from world import World\n"
        "with World.start(Path(sys.argv[1])) as world: print(world.pid, flush=True); time.sleep(60)\n"
    )
    env = os.environ | {"PYTHONPATH": str(HERE)}
    command = [sys.executable, "-c", code, str(tmp_path / "second")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=env) as second:
        assert second.stdout is not None
        assert int(second.stdout.readline()) != internet.pid
        assert len(_of(tmp_path)) >= 6  # unshare, inside.py, three nsd, unbound, nginx
        second.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 5
    while _of(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _of(tmp_path)
    assert _probe(internet, [["ask", internet.resolver, "embeds.example", "A"]])[0]["outcome"] == "ok"


def _of(folder: Path) -> list[str]:
    """List the processes that have this folder in their command line."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes()
        except OSError:  # it has just ended
            continue
        if str(folder).encode() in command:
            found.append(command.decode("utf-8", "replace"))
    return found


def test_table_of_networks_names_every_address_of_a_site(internet: World) -> None:
    rows = [line.split("\t") for line in internet.asn_table.read_text("utf-8").splitlines()]
    assert {len(row) for row in rows} == {4}
    networks = [ipaddress.ip_network(row[0]) for row in rows]
    for site in internet.atlas.sites:
        for address in map(ipaddress.ip_address, internet.atlas.addresses(site.names[0])):
            assert any(address in network for network in networks), (site.names[0], address)


def test_truth_speaks_the_words_of_catalogue_and_schema() -> None:
    providers = set(load().providers)
    for one in ATLAS.truth:
        assert {*one.providers, *one.never} <= providers, one
        assert one.finding in {"named", "self", "none", "unknown"}, one
        assert one.providers or one.finding != "named", one
        assert one.finding != "none" or not one.providers, one
        assert not {*one.providers} & {*one.never}, one
    assert {word for one in ATLAS.outcomes for word in one.outcomes} <= set(observations().outcomes)


def test_every_pattern_has_truth_or_outcomes() -> None:
    bare = [one.file for one in ATLAS.patterns if not one.truth and not one.outcomes]
    assert bare == ["00-providers.toml"]
