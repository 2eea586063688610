import pytest

from sousveil.ingest.records import Target
from sousveil.ingest.run import Misnamed, parse_targets


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Example.ORG", "example.org"),
        ("www.example.org.", "www.example.org"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
        ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
        ("例子.测试", "xn--fsqu00a.xn--0zwm56d"),
        ("xn--80ak6aa92e.com", "xn--80ak6aa92e.com"),
        ("  example.org  # a remark", "example.org"),
    ],
)
def test_names_become_a_labels(text: str, name: str) -> None:
    found, wrong = parse_targets([text])
    assert wrong == []
    assert [one.name for one in found] == [name]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("xn--a.example", "no domain name"),
        ("xn--zzzzzzzzzzzz99999.example", "no domain name"),
        ("exa mple.org", "no domain name"),
        ("a..example", "no domain name"),
        (f"{'x' * 64}.example", "no domain name"),
        (".".join(["x" * 60] * 5), "no domain name"),
        ("p\u0430ypal.com", "mixes CYRILLIC and LATIN"),
        ("g\u03bfogle.com", "mixes GREEK and LATIN"),
        ("\u202eexample.org", "no domain name"),
        ("192.0.2.1", "an address, not a name"),
        ("2001:db8::1", "an address, not a name"),
        ("https://example.org/path", "write example.org"),
        ("localhost", "one label"),
        ("-a.example", "no domain name"),
    ],
)
def test_what_names_no_target_is_told_with_its_line(text: str, reason: str) -> None:
    found, wrong = parse_targets(["example.org", "", text])
    assert found == [Target("example.org")]
    assert [(one.line, one.text) for one in wrong] == [(3, text)]
    assert reason in wrong[0].reason


def test_a_mixture_that_is_meant_can_be_written_as_an_a_label() -> None:
    _, (wrong,) = parse_targets(["p\u0430ypal.com"])
    assert isinstance(wrong, Misnamed)
    name = wrong.reason.rpartition(" ")[2]
    assert parse_targets([name]) == ([Target(name)], [])


def test_a_target_is_taken_once() -> None:
    assert parse_targets(["a.test", "A.test.", "b.test"])[0] == [Target("a.test"), Target("b.test")]
