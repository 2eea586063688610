# ruff: noqa: RUF001 - other scripts are what is tested
"""Names are the same but for spelling and legal form, and other names are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sousveil.ingest.match.names import Name, fold, likeness, strip


def name(text: str) -> Name:
    found = Name.of(text)
    assert found is not None, text
    return found


def alike(one: str, other: str, least: float = 0.0) -> float:
    return likeness(name(one), name(other), least)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Société Générale S.A.", "societe generale sa"),
        ("ＨＩＫＶＩＳＩＯＮ", "hikvision"),
        ("Xi'an", "xian"),
        ("Xi’an", "xian"),
        ("Hik\u200bvi\u00adsion", "hikvision"),
        ("\u202eHikvision\u202c", "hikvision"),
        ("A/S Ørsted & Co.", "as orsted and co"),
        ("cloudwalk.io", "cloudwalk io"),
        ('בע"מ', "בעמ"),
        ("がぎ", "がぎ"),
        ("ЁЛКА", "елка"),
        ("STRASSE straße", "strasse strasse"),
        ("...", ""),
    ],
)
def test_spelling_is_folded(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("CloudWalk Technology Co., Ltd.", "cloudwalk technology"),
        ("Gandi SAS", "gandi"),
        ("Hetzner Online GmbH", "hetzner online"),
        ("Intellexa S.A.", "intellexa"),
        ("Leaseweb Global B.V.", "leaseweb global"),
        ("GIC Private Limited", "gic"),
        ("ОАО «Газпром»", "газпром"),
        ("OOO Romashka", "romashka"),
        ("PUBLIC JOINT STOCK COMPANY GAZPROM", "gazprom"),
        ("Общество с ограниченной ответственностью «Ромашка»", "ромашка"),
        ("Beta Sp. z o.o.", "beta"),
        ("Gamma Anonim Şirketi", "gamma"),
        ("杭州海康威视数字技术股份有限公司", "杭州海康威视数字技术"),
        ("商湯集團股份有限公司", "商湯集團"),
        ("株式会社カメラ", "カメラ"),
        ("주식회사 카메라", "카메라"),
        ('קוגניט בע"מ', "קוגניט"),
        ("دلتا ذ.م.م", "دلتا"),
        ("AB", "ab"),
        ("Co., Ltd.", "co"),
        ("有限公司", "有限公司"),
    ],
)
def test_legal_form_is_taken_off_and_something_is_left(text: str, left: str) -> None:
    assert " ".join(strip(fold(text).split())[0]) == left


def test_what_follows_the_legal_form_in_brackets_is_no_part_of_the_name() -> None:
    assert alike("CloudWalk Technology Co., Ltd. (CloudWalk)*", "CloudWalk Technology") == 100
    assert alike("Foo (Hong Kong)", "Foo") < 100


@pytest.mark.parametrize(
    ("one", "other", "least"),
    [
        ("SENSETIME GROUP LIMITED", "SenseTime", 87),
        ("Hikvison", "Hikvision", 90),
        ("Cloud Walk", "CloudWalk", 90),
        (
            "Technology Development SenseTime Beijing",
            "Beijing SenseTime Technology Development Co., Ltd.",
            100,
        ),
        ("海康威视", "杭州海康威视数字技术股份有限公司", 75),
    ],
)
def test_spellings_of_one_name_come_near(one: str, other: str, least: float) -> None:
    assert alike(one, other) >= least
    assert set(name(one).blocks()) & set(name(other).blocks())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("China Mobile Communications Group", "China Telecom Communications Group"),
        ("Beijing Technology Co., Ltd.", "Beijing Trading Co., Ltd."),
        ("X Holdings", "Z Holdings"),
        ("SenseNets", "SenseTime"),
    ],
)
def test_common_words_make_no_likeness(one: str, other: str) -> None:
    assert alike(one, other) < 80


def test_names_of_common_words_alone_are_compared_by_them() -> None:
    assert alike("China Telecom", "China Telecom Corp.") == 100


@pytest.mark.parametrize(
    ("text", "short"), [("VK Company", True), ("CloudWalk", False), ("商汤", False), ("汤", True)]
)
def test_short_names_are_known(text: str, *, short: bool) -> None:
    assert name(text).short is short


@given(st.text(max_size=60))
def test_any_text_is_a_name_or_none_and_like_itself(text: str) -> None:
    found = Name.of(text)
    if found is None:
        assert fold(text) == ""
        return
    assert found.core
    assert found.telling
    assert set(found.blocks())
    assert likeness(found, found, 100) == 100


@given(st.text(max_size=30), st.text(max_size=30), st.floats(50, 100))
def test_likeness_has_no_direction_and_no_more_than_the_least(one: str, other: str, least: float) -> None:
    first, second = Name.of(one), Name.of(other)
    if first and second:
        exact = likeness(first, second, 0)
        assert exact == pytest.approx(likeness(second, first, 0))
        assert 0 <= exact <= 100
        found = likeness(first, second, least)
        assert found == pytest.approx(exact) or (found < least and exact < least + 1e-6)
