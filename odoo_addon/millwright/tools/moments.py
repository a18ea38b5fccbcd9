"""Instants in callbacks, in milliseconds since the epoch."""

import re
from datetime import UTC, datetime, timedelta

_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:?\d\d)", re.ASCII)
_HTTP_DATE = re.compile(r"[A-Za-z]{3}, (\d{1,2} [A-Za-z]{3} \d{4} \d\d:\d\d:\d\d) (GMT|[+-]\d{4})", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECONDS_FROM = 100_000_000_000


def instant(value: object) -> int | None:
    """Of an RFC 3339 text with its offset written out; else None."""
    if not isinstance(value, str) or not re.search(r"([Zz]|:\d\d)$", value):
        return None
    return _rfc3339(value)


def read_time(text: str, unit: str) -> int | None:
    """As a signature's timestamp writes it: ``s``, ``ms``, ``iso``, or ``auto`` for any of them."""
    if unit != "iso" and re.fullmatch(r"[0-9]{1,16}", text):
        number = int(text)
        return number * 1000 if unit == "s" or (unit == "auto" and number < _MILLISECONDS_FROM) else number
    if unit not in ("iso", "auto"):
        return None
    time = _rfc3339(text)
    return _http_date(text) if time is None else time


def _rfc3339(text: str) -> int | None:
    match = _RFC3339.fullmatch(text)
    if not match:
        return None
    day, clock, fraction, offset = match.groups()
    offset = "+0000" if offset in "Zz" else offset.replace(":", "")
    time = _parsed(f"{day} {clock} {offset}", "%Y-%m-%d %H:%M:%S %z")
    return None if time is None else time + int((fraction or "0")[:3].ljust(3, "0"))


def _http_date(text: str) -> int | None:
    match = _HTTP_DATE.fullmatch(text)
    if not match:
        return None
    clock, zone = match.groups()
    return _parsed(f"{clock} {'+0000' if zone == 'GMT' else zone}", "%d %b %Y %H:%M:%S %z")


def _parsed(text: str, pattern: str) -> int | None:
    try:
        return (datetime.strptime(text, pattern) - _EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        return None
