"""RDAP answers (RFC 9083): who holds an address block, who registered a domain; no personal data."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime

from sousveil.ingest.observe import message
from sousveil.ingest.observe.reading import Reading, UnreadableError, deeper
from sousveil.ingest.records import Exchange, Observation

Json = dict[str, object]

DEEPEST = 100
COUNTRY = re.compile(r"[A-Za-z]{2}")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def observe(exchange: Exchange, evidence: str, vantage: str) -> Iterator[Observation]:
    """Read an exchange with a registry or a registrar."""
    reading = Reading(exchange, evidence, vantage)
    return reading.told("registry", _facts(reading))


def _facts(reading: Reading) -> Iterator[Observation]:
    answer = message.parse(reading.exchange.answered)
    if answer.status != 200 or reading.exchange.question == "bootstrap":  # noqa: PLR2004
        return  # a redirect, an error that the outcome names, or IANA's list of services
    data = _json(message.content(answer, reading))
    match data.get("objectClassName"):
        case "ip network":
            yield from _network(reading, data)
        case "domain":
            yield from _registrar(reading, data)
        case _:
            reading.remarks.append("neither an address block nor a domain")


def _json(body: bytes) -> Json:
    try:
        data = json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        raise UnreadableError("no JSON") from error
    if not isinstance(data, dict) or deeper(data, DEEPEST):
        raise UnreadableError("no RDAP answer: not an object, or nested without end")
    return data


def _network(reading: Reading, data: Json) -> Iterator[Observation]:
    holder = next(filter(None, map(_organisation, _entities(data, "registrant"))), None)
    if holder is None:
        called = _text(data.get("name"))
        reading.remarks.append(
            f"no organisation is named{f'; the block is called {called}' if called else ''}"
        )
        return
    country = _text(data.get("country"))
    yield reading.saw(
        "network",
        "registry",
        holder,
        handle=_text(data.get("handle")),
        prefix=_prefix(data),
        country=country.upper() if country and COUNTRY.fullmatch(country) else None,
    )


def _prefix(data: Json) -> str | None:
    """Return the allocated range: a prefix where it is one, else its first and last address."""
    try:
        first = ipaddress.ip_address(_text(data.get("startAddress")) or "")
        last = ipaddress.ip_address(_text(data.get("endAddress")) or "")
    except ValueError:
        return None
    if first.version != last.version or int(first) > int(last):
        return None
    size = int(last) - int(first) + 1
    if size & (size - 1) or int(first) % size:
        return f"{first} - {last}"
    return f"{first}/{first.max_prefixlen - size.bit_length() + 1}"


def _registrar(reading: Reading, data: Json) -> Iterator[Observation]:
    for entity in _entities(data, "registrar"):
        if name := _organisation(entity, unsaid=True):
            yield reading.saw(
                "registrar",
                "registry",
                name,
                iana_id=_number(entity),
                registered=_day(data, "registration"),
                expires=_day(data, "expiration"),
            )
            return
    reading.remarks.append("no registrar is named")


def _number(entity: Json) -> str | None:
    for one in _tables(entity.get("publicIds")):
        number = _text(one.get("identifier"))
        if (_text(one.get("type")) or "").lower() == "iana registrar id" and number and number.isdecimal():
            return number
    return None


def _day(data: Json, action: str) -> str | None:
    """Return the day, in UTC, of the first event of this kind."""
    for event in _tables(data.get("events")):
        if event.get("eventAction") == action:
            return _utc_day(_text(event.get("eventDate")) or "")
    return None


def _utc_day(text: str) -> str | None:
    try:
        time = datetime.fromisoformat(text)
        return (time.astimezone(UTC) if time.tzinfo else time).date().isoformat()
    except (ValueError, OverflowError):
        return found[0] if (found := DAY.match(text)) else None


def _entities(data: Json, role: str) -> Iterator[Json]:
    """Yield the entities with a role, the object's own before those of its entities."""
    own = _tables(data.get("entities"))
    for entity in [*own, *(inner for outer in own for inner in _tables(outer.get("entities")))]:
        roles = entity.get("roles")
        if isinstance(roles, list) and role in roles:
            yield entity


def _organisation(entity: Json, *, unsaid: bool = False) -> str | None:
    """Return the name of an organisation; a person has none, and who says not what it is only if `unsaid`.

    A jCard (RFC 7095) is `["vcard", [[name, parameters, type, value], …]]`; `org` may be a list of units.
    """
    card = entity.get("vcardArray")
    properties = card[1] if isinstance(card, list) and len(card) > 1 and isinstance(card[1], list) else []
    said: dict[str, str] = {}
    for one in properties:
        if isinstance(one, list) and len(one) > 3 and isinstance(one[0], str):  # noqa: PLR2004
            value = one[3][0] if isinstance(one[3], list) and one[3] else one[3]
            if text := _text(value):
                said.setdefault(one[0].lower(), text)
    kind = said.get("kind", "").lower()
    if kind == "individual":
        return None
    return said.get("org") or (said.get("fn") if unsaid or kind in ("org", "group") else None)


def _tables(value: object) -> list[Json]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return (" ".join(value.split())[:200] or None) if isinstance(value, str) else None
