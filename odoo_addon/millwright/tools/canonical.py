"""Canonical text: one spelling for each value, so that it can be compared and hashed."""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from .paths import decimal_text as _decimal_text

UTC = timezone.utc

MAX_EXPONENT = 30
"""Numbers beyond 10^30, or with more than 30 decimals, are refused instead of printed."""

_INSTANT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(Z|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII,
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def canonical(value: Any) -> str:
    """Canonical JSON: keys sorted by code point, no blanks, UTF-8 unescaped (see ``plain``)."""
    return json.dumps(
        plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )


def plain(value: Any) -> Any:
    """The value with decimals, instants and dates as their canonical text.

    Raises TypeError for a float (it has no exact text), for keys that are not text and for unknown
    types.
    """
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("keys of canonical JSON are text")
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no canonical text")


def decimal_text(value: Decimal | int) -> str:
    """Decimal as text: no exponent, no trailing zeros, no ``-0``.

    Raises ValueError beyond MAX_EXPONENT or not finite.
    """
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError("not a finite number")
    exponent = number.as_tuple().exponent
    if number and (abs(number.adjusted()) > MAX_EXPONENT or int(exponent) < -MAX_EXPONENT):
        raise ValueError("number out of range")
    return _decimal_text(number) if number else "0"


def instant_text(value: datetime) -> str:
    """``YYYY-MM-DDTHH:MM:SS.ffffffZ`` of an aware datetime; raises ValueError for a naive one."""
    if value.tzinfo is None:
        raise ValueError("an instant needs an offset")
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def parse_instant(text: str, zone: tzinfo | None = None) -> datetime:
    """ISO 8601 date and time to an aware datetime in UTC, cut off to microseconds.

    A text without offset is read in ``zone`` (the first of two equal wall times when a clock is put
    back). Raises ValueError for anything else: no time, no offset and no zone, a day that does not
    exist.
    """
    match = _INSTANT.fullmatch(text)
    if not match:
        raise ValueError("not an ISO 8601 date and time")
    year, month, day, hour, minute, second = (int(part or 0) for part in match.group(1, 2, 3, 4, 5, 6))
    micro = int((match.group(7) or "0")[:6].ljust(6, "0"))
    offset = _offset(match.group(8)) if match.group(8) else zone
    if offset is None:
        raise ValueError("no offset and no time zone")
    try:
        return datetime(year, month, day, hour, minute, second, micro, tzinfo=offset).astimezone(UTC)
    except OverflowError:
        raise ValueError("out of range") from None


def parse_date(text: str, zone: tzinfo | None = None) -> date:
    """A plain date, or the day on which an instant falls in ``zone``. Raises ValueError."""
    if _DATE.fullmatch(text):
        return date.fromisoformat(text)
    if zone is None:
        raise ValueError("the day of an instant needs a time zone")
    try:
        return parse_instant(text, zone).astimezone(zone).date()
    except OverflowError:
        raise ValueError("out of range") from None


def time_zone(name: str) -> tzinfo:
    """Time zone by its IANA name; raises ValueError for an unknown one."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise ValueError(f"unknown time zone {name!r}") from None


def sha256_hex(text: str | bytes) -> str:
    """Lower-case hex SHA-256 of bytes, or of the UTF-8 of text."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def contract_hash(document: Mapping[str, Any]) -> str:
    """``sha256:<hex>`` of the canonical JSON of a contract without its own ``hash``."""
    return "sha256:" + sha256_hex(canonical({key: item for key, item in document.items() if key != "hash"}))


def _offset(text: str) -> tzinfo:
    if text == "Z":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 23 or minutes > 59:
        raise ValueError("not an offset")
    delta = timedelta(hours=hours, minutes=minutes)
    return timezone(-delta if text[0] == "-" else delta)
