"""Values that no single path holds: sums, intervals, differences of levels."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .convert import Unfit
from .paths import ABSENT, Scopes, Source, first
from .readers import Moment, Number, hours, total


def nothing(raw: Any) -> bool:
    """Absent, null or blank text."""
    return raw is ABSENT or raw is None or (isinstance(raw, str) and not raw.strip())


@dataclass(frozen=True)
class Sum:
    """All sources added; what is not there adds nothing, as long as one of them is."""

    sources: tuple[Source, ...]
    read: Callable[[Any], Decimal]

    def __call__(self, scopes: Scopes) -> Any:
        found = [raw for source in self.sources if not nothing(raw := first((source,), scopes))]
        if found:
            return total([self.read(raw) for raw in found])
        return first(self.sources, scopes)


@dataclass(frozen=True)
class Between:
    """Hours from a start to an end. ABSENT while the end is open and ``is_open_kept``."""

    start: tuple[Source, ...]
    end: tuple[Source, ...]
    moment: Moment
    is_open_kept: bool

    def __call__(self, scopes: Scopes) -> Any:
        start, end = first(self.start, scopes), first(self.end, scopes)
        if nothing(start) and nothing(end):
            return ABSENT
        if nothing(start):
            raise Unfit("missing_value", "a start")
        if nothing(end):
            if self.is_open_kept:
                return ABSENT
            raise Unfit("missing_value", "an end")
        elapsed = self.moment.instant(end) - self.moment.instant(start)
        if elapsed.total_seconds() < 0:
            raise Unfit("bad_interval", "an end that is not before the start")
        micros = Decimal((elapsed.days * 86_400 + elapsed.seconds) * 1_000_000 + elapsed.microseconds)
        return hours(micros, 3_600_000_000)


@dataclass(frozen=True)
class Level:
    """What a stock lost between two levels: positive when taken out."""

    before: tuple[Source, ...]
    after: tuple[Source, ...]
    number: Number

    def __call__(self, scopes: Scopes) -> Any:
        before, after = first(self.before, scopes), first(self.after, scopes)
        if nothing(before) or nothing(after):
            raise Unfit("missing_value", "both levels")
        return total([self.number(before), -self.number(after)])


@dataclass(frozen=True)
class SignBy:
    """Which words mean taken from stock and which given back; the quantity itself has no sign."""

    sources: tuple[Source, ...]
    out: frozenset[str]
    back: frozenset[str]


@dataclass(frozen=True)
class LookUp:
    """An element of a list by the value of one step, and what is taken of it."""

    lists: tuple[Source, ...]
    match: str
    take: str
