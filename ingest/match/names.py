"""What two names of companies share once spelling, legal form and common words are set aside.

Legal forms and common words stand in words.toml. Nothing is transliterated: 海康威视 and Hikvision are alike
only where the catalogue has both, and a Cyrillic letter in a Latin word is another letter.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from rapidfuzz import fuzz

UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\u0640]")
# Diacritics of Latin, Greek and Cyrillic, points of Hebrew, vowels of Arabic; not the dakuten of Japanese.
MARKS = re.compile("[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u064b-\u065f\u0670]")
LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"}  # noqa: RUF001
)
BETWEEN = re.compile(r"(?<=\w)['’‘ʼ`´\"״׳](?=\w)")  # noqa: RUF001 - Xi'an, בע"מ
ABBREVIATION = re.compile(r"\b\w(?:[./]\w)+\b\.?")  # S.A., A/S, o.o.
CLOSING = re.compile(r"\s*[((][^()()]*[))]\s*\*?\s*$")  # "X Co., Ltd. (X)*": said of the name, no part of it
CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af]")
EDGE = 4  # letters of a word's beginning or end that two names must share to be compared
SHORTEST = 5  # letters; what tells a company in fewer is told as a counter-reason (two for Chinese)


@dataclass(frozen=True, slots=True)
class Words:
    """words.toml, folded: each spelling of a form with the form, and the common words.

    `last` are the spellings by their last word, `first` those that may stand ahead by their first, as words;
    the longest comes first.
    """

    last: dict[str, list[tuple[list[str], str]]]
    first: dict[str, list[tuple[list[str], str]]]
    joined: Mapping[str, str]
    common: frozenset[str]
    common_joined: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Name:
    """A name taken apart; words are in alphabetical order, so that their order does not count.

    `core` is without the legal form, `telling` without common words as well, unless nothing else is there.
    """

    text: str
    folded: str
    core: str
    telling: str
    forms: frozenset[str]

    @classmethod
    def of(cls, text: str) -> Name | None:
        """Take a name apart; None where it has no letter or digit."""
        folded = fold(text)
        parts = folded.split()
        if not parts:
            return None
        stem, forms = strip(parts)
        if bracket := CLOSING.search(text):
            inner, named = strip(fold(text[: bracket.start()]).split() or parts)
            if named:  # else the bracket may be part of the name: Foo (Hong Kong)
                stem, forms = inner, named
        telling = [word for word in map(_uncommon, stem) if word and word not in words().common]
        return cls(text, folded, _sorted(stem), _sorted(telling or stem), frozenset(forms))

    @property
    def short(self) -> bool:
        """Say whether so little tells this company that others are likely to be called so."""
        return len(self.telling) < (2 if CJK.search(self.telling) else SHORTEST)

    def blocks(self) -> Iterator[str]:
        """Yield the keys of which two names must share one to be compared.

        The beginning and the end of every telling word, so that one slip of the pen spoils only one; of
        Chinese, Japanese and Korean every two signs.
        """
        for word in self.telling.split():
            if CJK.search(word):
                yield from (word[at : at + 2] for at in range(max(1, len(word) - 1)))
            else:
                yield f"{word[:EDGE]}-"
                yield f"-{word[-EDGE:]}"


def fold(text: str) -> str:
    """Fold case, width, diacritics and punctuation; words are divided by one space.

    >>> fold("Société  S.A.")
    'societe sa'
    """
    text = text.casefold()
    if not text.isascii():
        text = MARKS.sub("", unicodedata.normalize("NFKD", UNSEEN.sub("", text)).casefold())
        text = unicodedata.normalize("NFC", text).translate(LETTERS)
    text = BETWEEN.sub("", text)
    text = ABBREVIATION.sub(lambda match: re.sub(r"[./]", "", match[0]), text)
    return " ".join(re.sub(r"[\W_]+", " ", text.replace("&", " and ")).split())


def strip(parts: list[str]) -> tuple[list[str], list[str]]:
    """Take legal forms off both ends; what is left is never empty.

    >>> strip(["cloudwalk", "technology", "co", "ltd"])
    (['cloudwalk', 'technology'], ['ltd', 'co'])
    """
    forms: list[str] = []
    while found := _last(parts) or _first(parts) or _joined(parts):
        parts, form = found
        forms.append(form)
    return parts, forms


def likeness(one: Name, other: Name, least: float) -> float:
    """Compare two names, 0 to 100; 0 where they come to less than `least`.

    Half is how alike they are without the legal form, half how alike without common words too (normalised
    Indel similarity, rapidfuzz.fuzz.ratio): SenseTime Group and SenseTime come to 87.5, not to 75.
    """
    if one.core == other.core:
        return 100.0
    telling = fuzz.ratio(one.telling, other.telling, score_cutoff=2 * least - 100)
    if not telling:
        return 0.0
    whole = fuzz.ratio(one.core, other.core, score_cutoff=2 * least - telling)
    return (telling + whole) / 2 if whole else 0.0


@cache
def words() -> Words:
    """Read words.toml."""
    data = tomllib.loads(files(__package__).joinpath("words.toml").read_text("utf-8"))
    forms = [(fold(text).split(), form) for form, texts in data["forms"].items() for text in texts]
    forms.sort(key=lambda item: -len(item[0]))
    joined = [(text, form) for form, texts in data["joined"].items() for text in texts]
    found = Words(
        last={},
        first={},
        joined=dict(sorted(joined, key=lambda item: -len(item[0]))),
        common=frozenset(data["common"]["words"]),
        common_joined=tuple(data["common"]["joined"]),
    )
    for spelling, form in forms:
        found.last.setdefault(spelling[-1], []).append((spelling, form))
        if form in data["ahead"]["forms"]:
            found.first.setdefault(spelling[0], []).append((spelling, form))
    return found


def _last(parts: list[str]) -> tuple[list[str], str] | None:
    """Take the longest form off the end."""
    for spelling, form in words().last.get(parts[-1], ()):
        size = len(spelling)
        if size < len(parts) and parts[-size:] == spelling:
            return parts[:-size], form
    return None


def _first(parts: list[str]) -> tuple[list[str], str] | None:
    """Take the longest form that may stand ahead off the beginning."""
    for spelling, form in words().first.get(parts[0], ()):
        size = len(spelling)
        if size < len(parts) and parts[:size] == spelling:
            return parts[size:], form
    return None


def _joined(parts: list[str]) -> tuple[list[str], str] | None:
    """Take a form off the last word or the first, where words are not divided."""
    if not CJK.search(parts[0] + parts[-1]) or (len(parts) == 1 and parts[0] in words().joined):
        return None
    for text, form in words().joined.items():
        for cut in (str.removesuffix, str.removeprefix):
            place = -1 if cut is str.removesuffix else 0
            left = cut(parts[place], text)
            rest = [*parts]
            rest[place] = left
            rest = [part for part in rest if part]
            if rest and left != parts[place]:
                return rest, form
    return None


def _uncommon(word: str) -> str:
    """Take common words out of a word of Chinese; others stay as they are."""
    if not CJK.search(word):
        return word
    for text in words().common_joined:
        word = word.replace(text, "")
    return word


def _sorted(parts: list[str]) -> str:
    return " ".join(sorted(parts))
