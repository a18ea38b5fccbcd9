"""Reads from a contract how values are written: numbers, durations, moments, signs, look-ups."""

from collections.abc import Callable, Mapping
from datetime import tzinfo
from functools import partial
from typing import Any, Final

from .canonical import time_zone
from .convert import CONVERTERS
from .derive import Between, Level, LookUp, SignBy, Sum
from .errors import excerpt
from .patterns import Pattern, parse_pattern
from .problems import Problems
from .readers import CLOCKS, DURATION_UNITS, FORMATS, Duration, Moment, Number, number_of

SIDES: Final = ("cmms", "odoo")
SIGNS: Final = {"positive_is_out": 1, "negative_is_out": -1}


class ValueReader(Problems):
    """The parts of a field mapping that say how its value is read."""

    def reading(
        self, document: Mapping[str, Any], kind: str, zone: tzinfo | None, place: str
    ) -> dict[str, Any]:
        """The reader of a type, and what makes the value when it is no single path."""
        if kind in ("date", "datetime"):
            moment = self.moment(document, zone, place)
            clock = self.mapping(document.get("time") or {}, f"{place}.time", {"from", "format"})
            return {"moment": moment, "clock": self.sources(clock.get("from"), f"{place}.time.from")}
        if kind not in ("decimal", "quantity"):
            return {"read": partial(CONVERTERS[kind]) if kind in CONVERTERS else None}
        number = self._number(document, place)
        read = self._measure(document, number, place) if kind == "decimal" else number
        derive = self._derived(document, read, number, zone, place)
        return {"read": read, "derive": derive, "only_currency": self._currency(document, place)}

    def moment(self, document: Mapping[str, Any], zone: tzinfo | None, place: str) -> Moment:
        written = document.get("format", "iso")
        clock = document.get("time")
        if isinstance(clock, Mapping):
            clock = self.choice(clock.get("format", "clock"), f"{place}.time.format", CLOCKS)
        pattern: Pattern | None = None
        if written not in FORMATS:
            try:
                pattern = parse_pattern(written)
            except ValueError as error:
                self.note(f"{place}.format", str(error))
        return Moment(str(written), zone, pattern, clock)

    def sign(self, value: Any, kind: str, place: str) -> dict[str, Any]:
        """The sign of a quantity: by the number itself, or by a word beside it."""
        if kind != "quantity":
            return {}
        if not isinstance(value, Mapping):
            return {"sign": SIGNS[self.choice(value, place, tuple(SIGNS))]}
        document = self.mapping(value, place, {"by", "out", "in"})
        out, back = (
            frozenset(map(str, self.items(document.get(key), f"{place}.{key}"))) for key in ("out", "in")
        )
        if out & back:
            self.note(place, f"{', '.join(sorted(out & back))} both out and in")
        return {"sign_by": SignBy(self.sources(document.get("by"), f"{place}.by"), out, back)}

    def look_up(self, value: Any, place: str) -> LookUp | None:
        if value is None:
            return None
        document = self.mapping(value, place, {"in", "match", "take"})
        names = [document.get(key) for key in ("match", "take")]
        if not all(isinstance(name, str) and name for name in names):
            self.note(place, "expected in, match and take")
        return LookUp(self.sources(document.get("in"), f"{place}.in"), str(names[0]), str(names[1]))

    def _number(self, document: Mapping[str, Any], place: str) -> Number:
        given = self.mapping(
            document.get("number") or {}, f"{place}.number", {"decimal", "group", "exponent", "factor"}
        )
        try:
            return number_of(given)
        except ValueError as error:
            self.note(f"{place}.number", str(error))
            return Number()

    def _measure(self, document: Mapping[str, Any], number: Number, place: str) -> Callable[[Any], Any]:
        unit = self.choice(document.get("unit", "hours"), f"{place}.unit", DURATION_UNITS)
        return number if unit == "hours" else Duration(unit, number)

    def _derived(
        self,
        document: Mapping[str, Any],
        read: Callable[[Any], Any],
        number: Number,
        zone: tzinfo | None,
        place: str,
    ) -> Callable[[Any], Any] | None:
        if document.get("sum") is not None:
            return Sum(self.sources(document["sum"], f"{place}.sum"), read)
        if document.get("level") is not None:
            level = self.mapping(document["level"], f"{place}.level", {"from", "to"})
            before = self.sources(level.get("from"), f"{place}.level.from")
            return Level(before, self.sources(level.get("to"), f"{place}.level.to"), number)
        if document.get("between") is None:
            return None
        keys = {"start", "end", "open", "format", "time_zone"}
        between = self.mapping(document["between"], f"{place}.between", keys)
        kept = self.choice(between.get("open", "hold"), f"{place}.between.open", ("keep", "hold"))
        return Between(
            self.sources(between.get("start"), f"{place}.between.start"),
            self.sources(between.get("end"), f"{place}.between.end"),
            self.moment(between, self._zone(between, f"{place}.between") or zone, f"{place}.between"),
            kept == "keep",
        )

    def _currency(self, document: Mapping[str, Any], place: str) -> tuple[Any, str] | None:
        """None: in the company's currency. Else where it stands, and the only one that is taken."""
        value = document.get("currency", "company")
        if not isinstance(value, Mapping):
            self.choice(value, f"{place}.currency", ("company",))
            return None
        given = self.mapping(value, f"{place}.currency", {"from", "only"})
        if not isinstance(given.get("only"), str):
            self.note(f"{place}.currency.only", f"found {excerpt(given.get('only'))}, expected a code")
        return self.sources(given.get("from"), f"{place}.currency.from"), str(given.get("only"))

    def _zone(self, document: Mapping[str, Any], place: str) -> tzinfo | None:
        name = document.get("time_zone")
        if name is None:
            return None
        try:
            return time_zone(name)
        except ValueError as error:
            self.note(f"{place}.time_zone", str(error))
            return None
