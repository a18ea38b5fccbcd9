"""Date patterns: a closed set of letters, never a regular expression of the spec's author.

``yyyy yy MMM MM M dd d HH H hh h a mm ss SSS`` and marks between them. ``MMM`` is an English
month, ``a`` AM or PM; two digits of a year are of this century.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LETTERS: Final = {
    "yyyy": r"(?P<year>\d{4})",
    "yy": r"(?P<year>\d{2})",
    "MMM": r"(?P<name>[A-Za-z]{3})",
    "MM": r"(?P<month>\d{2})",
    "M": r"(?P<month>\d{1,2})",
    "dd": r"(?P<day>\d{2})",
    "d": r"(?P<day>\d{1,2})",
    "HH": r"(?P<hour>\d{2})",
    "H": r"(?P<hour>\d{1,2})",
    "hh": r"(?P<half>\d{2})",
    "h": r"(?P<half>\d{1,2})",
    "a": r"(?P<noon>[AaPp][Mm])",
    "mm": r"(?P<minute>\d{2})",
    "ss": r"(?P<second>\d{2})",
    "SSS": r"(?P<milli>\d{3})",
}
_TOKEN = re.compile(r"([A-Za-z])\1*|[^A-Za-z]")
_CLOCK = re.compile(r"(\d{1,5}):([0-5]\d)(?::([0-5]\d))?", re.ASCII)
_DIGITS = re.compile(r"(\d\d)([0-5]\d)([0-5]\d)?", re.ASCII)
_MARKS: Final = " .,:/-_T"


@dataclass(frozen=True)
class Pattern:
    """One pattern; ``parse`` answers the wall time, or None for text that is not written so."""

    text: str
    expression: re.Pattern[str]

    def parse(self, text: str) -> datetime | None:
        match = self.expression.fullmatch(text)
        if match is None:
            return None
        parts = {name: value for name, value in match.groupdict().items() if value is not None}
        try:
            return datetime(
                int(parts["year"]) + (2000 if len(parts["year"]) == 2 else 0),
                _month(parts),
                int(parts["day"]),
                _hour(parts),
                int(parts.get("minute", 0)),
                int(parts.get("second", 0)),
                int(parts.get("milli", 0)) * 1000,
            )
        except ValueError:
            return None


def parse_pattern(text: object) -> Pattern:
    """Raises ValueError for unknown letters, one part twice, or no day, month or year."""
    if not isinstance(text, str) or not 1 <= len(text) <= 40:
        raise ValueError(f"{text!r} is no format")
    pieces, names = [], []
    for token in _TOKEN.finditer(text):
        piece = token.group()
        if piece in _LETTERS:
            pieces.append(_LETTERS[piece])
            names.append(re.findall(r"<(\w+)>", _LETTERS[piece])[0])
        elif piece in _MARKS:
            pieces.append(re.escape(piece))
        else:
            raise ValueError(f"{text!r}: unknown {piece!r}, expected {' '.join(_LETTERS)} and marks")
    if len(set(names)) < len(names) or {"month", "name"} <= set(names) or {"hour", "half"} <= set(names):
        raise ValueError(f"{text!r}: one part twice")
    if not {"year", "day"} <= set(names) or not {"month", "name"} & set(names):
        raise ValueError(f"{text!r}: needs year, month and day")
    if ("half" in names) != ("noon" in names):
        raise ValueError(f"{text!r}: h and a go together")
    return Pattern(text, re.compile("".join(pieces), re.ASCII))


def parse_clock(raw: Any, clock: str) -> int | None:
    """Seconds of a text like 6:30 or (``digits``) 063000; None when it is not written so."""
    expression = _CLOCK if clock == "clock" else _DIGITS
    match = expression.fullmatch(raw.strip()) if isinstance(raw, str) else None
    if match is None:
        return None
    hour, minute, second = (int(part or 0) for part in match.groups())
    return hour * 3600 + minute * 60 + second


def _month(parts: dict[str, str]) -> int:
    return MONTHS.index(parts["name"].lower()) + 1 if "name" in parts else int(parts["month"])


def _hour(parts: dict[str, str]) -> int:
    if "half" not in parts:
        return int(parts.get("hour", 0))
    half = int(parts["half"])
    if not 1 <= half <= 12:
        raise ValueError("no hour of half a day")
    return half % 12 + (12 if parts["noon"].lower() == "pm" else 0)
