"""From a JSON scalar to the typed value of a field. Nothing is guessed: what does not fit raises
Unfit.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any, Final

from .canonical import UTC, decimal_text, parse_date, parse_instant
from .paths import scalar_text

MAX_KEY = 255
"""Longest external id, in characters."""

_UNFIT = re.compile("[\0\ud800-\udfff]")
_DECIMAL = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?", re.ASCII)


class Unfit(Exception):
    """A raw value does not fit its type; ``code`` and ``expected`` become part of a HoldError."""

    def __init__(self, code: str, expected: str):
        self.code = code
        self.expected = expected
        super().__init__(expected)


def to_text(raw: Any, _zone: tzinfo | None = None) -> str:
    """Text, or a number in its canonical spelling."""
    text = None if isinstance(raw, bool) else scalar_text(raw)
    if text is None:
        raise Unfit("wrong_type", "text or a number")
    if _UNFIT.search(text):
        raise Unfit("bad_text", "text without zero characters and lone surrogates")
    return text


def to_key(raw: Any, _zone: tzinfo | None = None) -> str:
    """External id: text that is not blank, or a whole number (2.0 is "2")."""
    text = to_text(raw)
    if isinstance(raw, Decimal) and "." in text:
        raise Unfit("wrong_type", "text or a whole number")
    if not text.strip() or len(text) > MAX_KEY:
        raise Unfit("bad_key", f"an id of 1 to {MAX_KEY} characters")
    return text


def to_decimal(raw: Any, _zone: tzinfo | None = None) -> Decimal:
    """Number, or text that is a plain decimal."""
    if isinstance(raw, str) and _DECIMAL.fullmatch(raw):
        raw = Decimal(raw)
    if isinstance(raw, bool) or not isinstance(raw, (int, Decimal)):
        raise Unfit("wrong_type", "a number")
    number = Decimal(raw)
    try:
        decimal_text(number)
    except ValueError as error:
        raise Unfit("number_out_of_range", "a finite number below 10^30 with at most 30 decimals") from error
    return number


def to_integer(raw: Any, _zone: tzinfo | None = None) -> int:
    number = to_decimal(raw)
    if number != number.to_integral_value():
        raise Unfit("wrong_type", "a whole number")
    return int(number)


def to_boolean(raw: Any, _zone: tzinfo | None = None) -> bool:
    if not isinstance(raw, bool):
        raise Unfit("wrong_type", "true or false")
    return raw


def to_datetime(raw: Any, zone: tzinfo | None = None) -> datetime:
    """Aware datetime in UTC."""
    if not isinstance(raw, str):
        raise Unfit("wrong_type", "an ISO 8601 date and time as text")
    try:
        return parse_instant(raw.strip(), zone)
    except ValueError as error:
        raise Unfit("bad_datetime", "an ISO 8601 date and time with an offset") from error


def to_date(raw: Any, zone: tzinfo | None = None) -> date:
    if not isinstance(raw, str):
        raise Unfit("wrong_type", "an ISO 8601 date as text")
    try:
        return parse_date(raw.strip(), zone)
    except ValueError as error:
        raise Unfit("bad_date", "an ISO 8601 date") from error


def to_naive_utc(raw: Any, zone: tzinfo | None = None) -> datetime:
    """Datetime in UTC without offset, as columns of the host store it."""
    return to_datetime(raw, zone).astimezone(UTC).replace(tzinfo=None)


CONVERTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "text": to_text,
    "unit": to_text,
    "decimal": to_decimal,
    "quantity": to_decimal,
    "date": to_date,
    "datetime": to_datetime,
}

COLUMN_CONVERTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "text": to_text,
    "integer": to_integer,
    "decimal": to_decimal,
    "boolean": to_boolean,
    "date": to_date,
    "datetime": to_naive_utc,
}
