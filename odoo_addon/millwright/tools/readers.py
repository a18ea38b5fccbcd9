"""How numbers, durations and moments are written: each reader takes a JSON scalar, guesses nothing
and raises Unfit for what does not fit.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from functools import cached_property
from typing import Any, Final

from .canonical import UTC, decimal_text
from .convert import Unfit, to_date, to_datetime, to_decimal
from .paths import scalar_text
from .patterns import Pattern, parse_clock

PRECISION: Final = Decimal("0.000001")
"""Hours made of other units have at most six decimals."""
DURATION_UNITS: Final = ("hours", "minutes", "seconds", "clock", "iso8601")
FORMATS: Final = ("iso", "date", "epoch_s", "epoch_ms", "odata")
CLOCKS: Final = ("clock", "digits", "iso8601")

_SPAN = re.compile(
    r"([+-])?P(?:(\d{1,6})W)?(?:(\d{1,6})D)?"
    r"(?:T(?:(\d{1,8})H)?(?:(\d{1,8})M)?(?:(\d{1,8})(?:[.,](\d{1,9}))?S)?)?",
    re.ASCII,
)
_ODATA = re.compile(r"/Date\((-?\d{1,16})(?:[+-]\d{1,4})?\)/", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Number:
    """Decimal mark, grouping mark (or none), whether text may have an exponent, and what the number
    is multiplied with.
    """

    decimal: str = "."
    group: str = ""
    exponent: bool = False
    factor: Decimal = Decimal(1)

    def __call__(self, raw: Any, _zone: tzinfo | None = None) -> Decimal:
        number = to_decimal(self._plain(raw) if isinstance(raw, str) else raw)
        return number if self.factor == 1 else to_decimal(product(number, self.factor))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        whole = r"\d{1,30}"
        if self.group:
            whole = rf"(?:\d{{1,3}}(?:{re.escape(self.group)}\d{{3}}){{1,9}}|\d{{1,30}})"
        exponent = r"(?:[eE][+-]?\d{1,2})?" if self.exponent else ""
        return re.compile(rf"[+-]?{whole}(?:{re.escape(self.decimal)}\d{{1,30}})?{exponent}", re.ASCII)

    def _plain(self, text: str) -> Decimal | str:
        if not self._pattern.fullmatch(text):
            raise Unfit("wrong_type", f"a number with {self.decimal!r} before its decimals")
        plain = text.replace(self.group, "") if self.group else text
        return Decimal(plain.replace(self.decimal, "."))


@dataclass(frozen=True)
class Duration:
    """Hours out of a number of hours, minutes or seconds, ``h:mm[:ss]`` or ``PT1H30M``."""

    unit: str = "hours"
    number: Number = Number()

    def __call__(self, raw: Any, _zone: tzinfo | None = None) -> Decimal:
        if self.unit == "iso8601":
            return hours(_span(raw), 3600)
        if self.unit == "clock":
            return hours(Decimal(clock_seconds(raw, "clock", limit=99_999)), 3600)
        return hours(self.number(raw), {"hours": 1, "minutes": 60, "seconds": 3600}[self.unit])


@dataclass(frozen=True)
class Moment:
    """A date and time. ``pattern`` for a format that is none of FORMATS; ``clock`` when the time of
    day stands in a field of its own, which is then the second value.
    """

    format: str = "iso"
    zone: tzinfo | None = None
    pattern: Pattern | None = None
    clock: str | None = None

    def instant(self, raw: Any, time: Any = None) -> datetime:
        """Aware datetime in UTC."""
        if self.clock is not None:
            midnight = datetime.combine(self.day(raw), datetime.min.time())
            return self._placed(midnight + timedelta(seconds=clock_seconds(time, self.clock, limit=23)))
        if self.format == "iso":
            return to_datetime(raw, self.zone)
        if self.format == "date":
            return self._placed(datetime.combine(to_date(raw), datetime.min.time()))
        if self.pattern is not None:
            return self._placed(self._matched(raw))
        return self._epoch(raw)

    def day(self, raw: Any) -> date:
        """The day that is written, or on which an instant falls in the zone."""
        if self.format in ("iso", "date"):
            return to_date(raw, self.zone if self.format == "iso" else None)
        if self.pattern is not None:
            return self._matched(raw).date()
        return self._epoch(raw).astimezone(self.zone or UTC).date()

    def _matched(self, raw: Any) -> datetime:
        text = raw.strip() if isinstance(raw, str) else scalar_text(raw)
        found = self.pattern.parse(text) if self.pattern and text is not None else None
        if found is None:
            raise Unfit("bad_datetime", f"a date and time like {self.format}")
        return found

    def _placed(self, wall: datetime) -> datetime:
        """Wall time in the zone; there has to be one, a place is not guessed."""
        if self.zone is None:
            raise Unfit("bad_datetime", "a time zone")
        try:
            return wall.replace(tzinfo=self.zone).astimezone(UTC)
        except OverflowError as error:
            raise Unfit("bad_datetime", "a date and time in range") from error

    def _epoch(self, raw: Any) -> datetime:
        if self.format == "odata":
            match = _ODATA.fullmatch(raw.strip()) if isinstance(raw, str) else None
            if match is None:
                raise Unfit("bad_datetime", "/Date(milliseconds)/")
            raw = int(match.group(1))
        number = to_decimal(raw)
        seconds = product(number, Decimal(1) if self.format == "epoch_s" else Decimal("0.001"))
        try:
            return _EPOCH + timedelta(microseconds=int(seconds * 1_000_000))
        except OverflowError as error:
            raise Unfit("bad_datetime", "a date and time in range") from error


def hours(value: Decimal, per_hour: int) -> Decimal:
    """The value in hours; whole hours stay as they are written."""
    if per_hour == 1:
        return value
    with localcontext() as context:
        context.prec = 80
        return (value / per_hour).quantize(PRECISION, ROUND_HALF_EVEN)


def product(left: Decimal, right: Decimal) -> Decimal:
    """Exact, whatever the precision of the thread is."""
    with localcontext() as context:
        context.prec = 80
        return left * right


def total(values: list[Decimal]) -> Decimal:
    """Exact sum."""
    with localcontext() as context:
        context.prec = 80
        return sum(values, Decimal(0))


def clock_seconds(raw: Any, clock: str, limit: int) -> int:
    """Seconds of ``h:mm[:ss]``, of the digits ``hhmm[ss]`` or of ``PT6H30M``; hours up to limit."""
    if clock == "iso8601":
        seconds = _span(raw)
        if seconds != seconds.to_integral_value() or not 0 <= seconds < (limit + 1) * 3600:
            raise Unfit("bad_time", "a time of day like PT06H30M00S")
        return int(seconds)
    seconds = parse_clock(raw, clock)
    if seconds is None or seconds >= (limit + 1) * 3600:
        raise Unfit("bad_time", "hours and minutes like 6:30" if clock == "clock" else "digits like 063000")
    return seconds


def number_of(document: Any) -> Number:
    """Number from its part of a contract; raises ValueError for marks or a factor of no use."""
    given = {"decimal": ".", "group": "", "exponent": False, "factor": "1"} | dict(document)
    marks = (given["decimal"], given["group"])
    if given["decimal"] not in (".", ",") or marks[1] not in ("", ".", ",", " ", "'") or marks[0] == marks[1]:
        raise ValueError("decimal is '.' or ',', group another of . , ' and blank, or nothing")
    if not isinstance(given["exponent"], bool) or not isinstance(given["factor"], str):
        raise ValueError("exponent is true or false, factor a decimal as text")
    try:
        factor = to_decimal(given["factor"])
    except Unfit:
        raise ValueError("factor is a plain decimal as text") from None
    if factor <= 0:
        raise ValueError("factor is above 0: a sign is said by sign")
    return Number(given["decimal"], given["group"], given["exponent"], factor)


def whole_text(value: Decimal) -> str:
    """A whole number so padded that text order is number order."""
    if value != value.to_integral_value() or value < 0:
        raise Unfit("wrong_type", "a whole number that is not negative")
    return decimal_text(value).rjust(31, "0")


def _span(raw: Any) -> Decimal:
    """Seconds of an ISO 8601 duration of weeks, days, hours, minutes and seconds."""
    match = _SPAN.fullmatch(raw.strip()) if isinstance(raw, str) else None
    if match is None or not any(match.groups()[1:6]):
        raise Unfit("bad_duration", "a duration like PT1H30M; years and months have no length")
    weeks, days, *clock = (int(part or 0) for part in match.groups()[1:6])
    seconds = ((weeks * 7 + days) * 24 + clock[0]) * 3600 + clock[1] * 60 + clock[2]
    amount = total([Decimal(seconds), Decimal(f"0.{match.group(7) or 0}")])
    return -amount if match.group(1) == "-" else amount
