"""Reading TOML with an account: every key is taken or complained about, with file and line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

from sousveil.schema import vocabulary
from sousveil.schema.dates import Window, parse_window
from sousveil.schema.errors import SousveilError


class CatalogueError(SousveilError):
    """A file of the catalogue is wrong; the message names file and line."""


@dataclass(slots=True)
class Table:
    """One TOML table: values are popped, and `finish` complains about what nobody popped.

    `header` is the table's header as written (`[[owners]]`), `index` counts the headers of that name.
    """

    file: str
    text: str
    data: dict[str, object]
    header: str | None = None
    index: int = 0

    @classmethod
    def parse(cls, file: str, text: str) -> Table:
        """Read a whole file; broken TOML is a CatalogueError with its line."""
        try:
            return cls(file, text, tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            raise CatalogueError(f"{file}: not TOML: {error}") from error

    def error(self, message: str, key: str | None = None) -> CatalogueError:
        """Make an error that points at the key, or at the head of this table."""
        return CatalogueError(f"{self.file}, line {self._line(key)}: {message}")

    def take(self, key: str) -> object | None:
        """Pop a value of any type; None where it is missing."""
        return self.data.pop(key, None)

    def optional(self, key: str) -> str | None:
        """Pop a text that may be missing but not empty."""
        value = self.data.get(key)
        if value is not None and (not isinstance(value, str) or not value.strip()):
            raise self.error(f"{key} must be a text in quotes", key)
        self.data.pop(key, None)
        return value

    def required(self, key: str) -> str:
        """Pop a text that must be there."""
        value = self.optional(key)
        if value is None:
            raise self.error(f"{key} is missing")
        return value

    def word(self, key: str, words: str) -> str:
        """Pop a text that must be a word of that vocabulary."""
        value = self.data.get(key)
        if value not in vocabulary(words):
            raise self.error(f"{key} is {value!r}; one of {', '.join(vocabulary(words))}", key)
        return self.required(key)

    def words(self, key: str, words: str | None = None) -> tuple[str, ...]:
        """Pop a list of texts, each of the vocabulary where one is named; missing is empty."""
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise self.error(f"{key} must be a list of texts", key)
        for item in value if words else ():
            if item not in vocabulary(str(words)):
                raise self.error(f"{key}: {item!r} is none of {', '.join(vocabulary(str(words)))}", key)
        self.data.pop(key, None)
        return tuple(value)

    def window(self, key: str) -> Window | None:
        """Pop a day, month, year or window."""
        value = self.data.get(key)
        if value is None:
            return None
        try:
            window = parse_window(str(value))
        except ValueError as error:
            raise self.error(f"{key}: {error}", key) from error
        self.data.pop(key)
        return window

    def flag(self, key: str) -> bool:
        """Pop true or false; missing is false."""
        value = self.data.get(key, False)
        if not isinstance(value, bool):
            raise self.error(f"{key} must be true or false", key)
        self.data.pop(key, None)
        return value

    def number(self, key: str) -> float | None:
        """Pop a number."""
        value = self.data.get(key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise self.error(f"{key} must be a number", key)
        self.data.pop(key, None)
        return float(value) if isinstance(value, int | float) else None

    def tables(self, key: str) -> Iterator[Table]:
        """Pop an array of tables, `[[key]]`, in order."""
        value = self.data.pop(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.error(f"write [[{key}]] for each {key}", key)
        for index, item in enumerate(value):
            yield Table(self.file, self.text, dict(item), f"[[{key}]]", index)

    def named_tables(self, key: str) -> Iterator[tuple[str, Table]]:
        """Pop tables with names, `[key.NAME]`."""
        value = self.data.pop(key, {})
        if not isinstance(value, dict):
            raise self.error(f"write [{key}.NAME]", key)
        for name, item in value.items():
            if not isinstance(item, dict):
                raise self.error(f"write [{key}.{name}]", key)
            yield name, Table(self.file, self.text, dict(item), f"[{key}.{name}]")

    def finish(self) -> None:
        """Complain about the first key that nobody popped."""
        for key in self.data:
            raise self.error(f"{key} is no key of {self.header or 'this file'}", key)

    def _line(self, key: str | None) -> int:
        lines = self.text.splitlines()
        start = 0
        if self.header:
            heads = [number for number, line in enumerate(lines) if line.split("#")[0].strip() == self.header]
            start = heads[self.index] if self.index < len(heads) else 0
        end = len(lines)
        if self.header:  # a table ends where the next one begins; a key of the whole file may be a table
            end = next((n for n in range(start + 1, end) if lines[n].startswith("[")), end)
        if key is not None:
            pattern = re.compile(rf"[\s{{,\[\"']*{re.escape(key)}\b")
            for number in range(start, end):
                if pattern.match(lines[number]):
                    return number + 1
        return start + 1
