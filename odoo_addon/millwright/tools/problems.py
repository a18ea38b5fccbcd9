"""Gathers what is wrong with a document while it is read, so that all of it is told at once."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from .errors import excerpt
from .paths import Condition, Path, Source, parse_condition, parse_path, parse_source

Parsed = TypeVar("Parsed")


class Problems:
    """Readers for the parts of a document. A wrong part is noted and read as empty."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def note(self, place: str, message: str) -> None:
        self.problems.append(f"{place}: {message}")

    def mapping(self, value: Any, place: str, keys: Collection[str] | None = None) -> Mapping[str, Any]:
        """An object; with ``keys``, every other key is a problem."""
        if not isinstance(value, Mapping):
            self.note(place, f"found {excerpt(value)}, expected an object")
            return {}
        for key in value if keys is not None else ():
            if key not in keys:
                self.note(place, f"unknown key {key!r}, expected one of {', '.join(sorted(keys))}")
        return value

    def items(self, value: Any, place: str) -> list[Any]:
        if isinstance(value, list):
            return value
        self.note(place, f"found {excerpt(value)}, expected a list")
        return []

    def choice(self, value: Any, place: str, allowed: Collection[str]) -> str:
        if isinstance(value, str) and value in allowed:
            return value
        self.note(place, f"unknown value {excerpt(value)}, expected one of {', '.join(allowed)}")
        return next(iter(allowed), "")

    def paths(self, value: Any, place: str) -> tuple[Path, ...]:
        """A list of paths; null reads as none."""
        found = [] if value is None else self.items(value, place)
        return tuple(path for item in found if (path := self._parsed(parse_path, item, place)))

    def sources(self, value: Any, place: str) -> tuple[Source, ...]:
        """A list of paths and templates; null reads as none."""
        found = [] if value is None else self.items(value, place)
        return tuple(item for each in found if (item := self._parsed(parse_source, each, place)))

    def conditions(self, value: Any, place: str) -> tuple[Condition, ...]:
        found = [] if value is None else self.items(value, place)
        return tuple(item for each in found if (item := self._parsed(parse_condition, each, place)))

    def _parsed(self, parse: Callable[[object], Parsed], value: object, place: str) -> Parsed | None:
        try:
            return parse(value)
        except ValueError as error:
            self.note(place, str(error))
            return None
