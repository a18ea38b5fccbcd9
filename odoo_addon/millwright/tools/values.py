"""One field mapping applied to one message: a value for the command, or why there is none."""

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from .canonical import UTC, plain
from .clean import cleaned
from .contract import FieldMapping
from .convert import COLUMN_CONVERTERS, CONVERTERS, Unfit, to_key, to_text
from .derive import LookUp
from .errors import HoldError, excerpt
from .paths import ABSENT, Scopes, Source, first, look, same, scalar_text
from .readers import Moment, whole_text


class Outcome(Enum):
    """No value: left out of the command (KEEP), or the whole line is without meaning (IGNORE)."""

    KEEP = "keep"
    IGNORE = "ignore"


_SEPARATORS = re.compile(r"[\s,;|]+")
_REMEDIES: Final = {
    "missing_value": "complete the record in the source system and send it again",
    "unknown_value": "add the value to the map of the spec",
    "bad_datetime": "send an offset, or name a time_zone in the spec",
}
_CORRECT: Final = "correct the value in the source system, or the mapping in the spec"


def field_value(mapping: FieldMapping, scopes: Scopes) -> Any:
    """Canonical value for a command (text, object; None clears) or Outcome. Raises HoldError."""
    if mapping.assume:
        return None
    raw = mapping.constant
    try:
        raw = mapping.constant if mapping.has_constant else _raw(mapping, scopes)
    except Unfit as error:
        raise hold(error.code, mapping, ABSENT, error.expected, scopes) from error
    if mapping.by_presence:
        return mapping.by_presence[0 if raw is not None and raw is not ABSENT else 1]
    policy = _policy(mapping, raw)
    if policy is not None:
        return _by_policy(policy, mapping, raw, scopes)
    try:
        value = _typed(mapping, raw, scopes)
        _check_currency(mapping, scopes)
        if isinstance(value, Decimal):
            value = _signed(mapping, value, scopes)
    except Unfit as error:
        raise hold(error.code, mapping, raw, error.expected, scopes) from error
    if isinstance(value, Decimal):
        return _number(mapping, value, scopes)
    return plain(value)


def column_value(mapping: FieldMapping, scopes: Scopes) -> Any:
    """Typed value of a column (datetime: naive, UTC), None for null or blank, Outcome.KEEP when
    absent.

    Raises HoldError when the value does not fit the column.
    """
    raw = _cleaned(mapping, first(mapping.sources, scopes))
    if raw is ABSENT:
        return Outcome.KEEP
    if raw is None or _blank(raw):
        return None
    try:
        if mapping.moment is not None and mapping.moment.format != "iso":
            is_date = mapping.type == "date"
            moment = mapping.moment
            return moment.day(raw) if is_date else moment.instant(raw).astimezone(UTC).replace(tzinfo=None)
        return COLUMN_CONVERTERS[mapping.type](raw, mapping.zone)
    except Unfit as error:
        raise hold(error.code, mapping, raw, error.expected, scopes) from error


def key_value(name: str, sources: tuple[Source, ...], scopes: Scopes, place: str) -> str:
    """External id at the first path that has one; raises HoldError when there is none or it is no
    id.
    """
    return str(_needed(FieldMapping(name, "key", f"{place}.{name}", sources), scopes))


def optional_key(name: str, sources: tuple[Source, ...], scopes: Scopes, place: str) -> str | None:
    """Like ``key_value``, but None when there is nothing: absent, null or blank."""
    raw = first(sources, scopes)
    if raw is ABSENT or raw is None or _blank(raw):
        return None
    return key_value(name, sources, scopes, place)


def instant_value(
    name: str, sources: tuple[Source, ...], scopes: Scopes, place: str, moment: Moment | None = None
) -> str | None:
    """Canonical instant; None when the contract names no path. Raises HoldError."""
    if not sources:
        return None
    mapping = FieldMapping(name, "datetime", f"{place}.{name}", sources, moment=moment or Moment())
    return str(plain(_needed(mapping, scopes)))


def version_value(
    sources: tuple[Source, ...], scopes: Scopes, place: str, order: str, moment: Moment
) -> str | None:
    """The version in a text whose order is that of the versions; None when there is none to
    compare. Raises HoldError.
    """
    if order == "arrival" or not sources:
        return None
    if order == "time":
        return instant_value("version", sources, scopes, place, moment)
    kind = "text" if order == "text" else "decimal"
    mapping = FieldMapping("version", kind, f"{place}.version", sources)
    value = _needed(mapping, scopes)
    if isinstance(value, str):
        return value
    try:
        return whole_text(value)
    except Unfit as error:
        raise hold(error.code, mapping, value, error.expected, scopes) from error


def hold(code: str, mapping: FieldMapping, raw: Any, expected: str, scopes: Scopes) -> HoldError:
    """The HoldError of one mapping: its place in the contract and the paths that were read."""
    texts = ", ".join(path.text for path in mapping.sources)
    place = f"{mapping.place} ({texts})" if texts else mapping.place
    found = "nothing" if raw is ABSENT else excerpt(raw)
    return HoldError(code, place, found, expected, _REMEDIES.get(code, _CORRECT))


def _needed(mapping: FieldMapping, scopes: Scopes) -> Any:
    raw = first(mapping.sources, scopes)
    if raw is ABSENT or raw is None:
        raise hold("missing_value", mapping, raw, f"a {mapping.name}", scopes)
    try:
        if mapping.moment is not None:
            return mapping.moment.instant(raw)
        return to_key(raw) if mapping.type == "key" else CONVERTERS[mapping.type](raw, mapping.zone)
    except Unfit as error:
        raise hold(error.code, mapping, raw, error.expected, scopes) from error


def _raw(mapping: FieldMapping, scopes: Scopes) -> Any:
    """What the mapping reads: one path, what several make together, or what a list says of it."""
    if mapping.derive is not None:
        return mapping.derive(scopes)
    if mapping.aliases is not None:
        return _aliased(mapping, scopes)
    raw = first(mapping.sources, scopes)
    if mapping.look_up is not None and raw is not ABSENT and raw is not None:
        raw = _looked_up(mapping.look_up, raw, scopes)
    return _cleaned(mapping, raw)


def _cleaned(mapping: FieldMapping, raw: Any) -> Any:
    text = scalar_text(raw) if mapping.clean and not isinstance(raw, bool) else None
    return raw if text is None else cleaned(text, mapping.clean)


def _aliased(mapping: FieldMapping, scopes: Scopes) -> Any:
    """The unit of the first source that the table knows; the last source is what is said else."""
    given = [_cleaned(mapping, look(source, scopes)) for source in mapping.sources]
    present = [raw for raw in given if raw is not ABSENT and raw is not None and not _blank(raw)]
    for raw in present:
        text = scalar_text(raw)
        if text is not None and mapping.aliases is not None and text in mapping.aliases:
            return mapping.aliases[text]
    if present and mapping.is_alias_needed:
        raise Unfit("unknown_value", f"one of {', '.join(mapping.aliases or ())}")
    return present[-1] if present else first(mapping.sources, scopes)


def _looked_up(table: LookUp, raw: Any, scopes: Scopes) -> Any:
    """What the one element says whose step is the value."""
    elements = first(table.lists, scopes)
    found = [
        element.get(table.take)
        for element in (elements if isinstance(elements, list) else [])
        if isinstance(element, Mapping) and same(element.get(table.match, ABSENT), raw)
    ]
    if len(found) != 1:
        raise Unfit("unknown_value", f"one element whose {table.match} is the value, found {len(found)}")
    return found[0]


def _check_currency(mapping: FieldMapping, scopes: Scopes) -> None:
    if mapping.only_currency is None:
        return
    sources, only = mapping.only_currency
    if scalar_text(first(sources, scopes)) != only:
        raise Unfit("other_currency", f"an amount in {only}")


def _signed(mapping: FieldMapping, value: Decimal, scopes: Scopes) -> Decimal:
    """The quantity with its direction: positive is taken from stock."""
    if mapping.sign_by is None:
        return -value if mapping.sign < 0 else value
    word = scalar_text(first(mapping.sign_by.sources, scopes))
    if value < 0:
        raise Unfit("bad_sign", "a quantity without sign, as its direction is said by a word")
    if word in mapping.sign_by.out or word in mapping.sign_by.back:
        return value if word in mapping.sign_by.out else -value
    words = ", ".join(sorted(mapping.sign_by.out | mapping.sign_by.back))
    raise Unfit("unknown_value", f"one of {words} for the direction")


def _blank(raw: Any) -> bool:
    return isinstance(raw, str) and not raw.strip()


def _policy(mapping: FieldMapping, raw: Any) -> str | None:
    """The policy that decides, or None when there is a value to convert."""
    if raw is ABSENT:
        return mapping.absent
    if raw is None:
        return mapping.null
    if _blank(raw):
        return mapping.empty
    says_none = mapping.zero != "set" and mapping.type not in ("decimal", "quantity") and _is_nought(raw)
    return mapping.zero if says_none else None


def _is_nought(raw: Any) -> bool:
    """Whether an id, a moment or a text is nothing but 0, as a number or written out, padded or not."""
    text = None if isinstance(raw, bool) else scalar_text(raw)
    return text is not None and not text.strip().strip("0") and "0" in text


def _by_policy(policy: str, mapping: FieldMapping, raw: Any, scopes: Scopes) -> Any:
    if policy == "keep":
        return Outcome.KEEP
    if policy == "clear":
        return None
    if policy == "hold":
        raise hold("missing_value", mapping, raw, f"a value for {mapping.name}", scopes)
    if policy == "default":
        given = replace(mapping, constant=mapping.default, has_constant=True)
        return plain(_typed(given, mapping.default, scopes))
    return "" if isinstance(raw, str) else plain(raw)


def _typed(mapping: FieldMapping, raw: Any, scopes: Scopes) -> Any:
    if mapping.type == "enum":
        return _enum(mapping, raw)
    if mapping.type == "ref":
        return _ref(mapping, raw, scopes)
    if mapping.has_constant:
        return CONVERTERS[mapping.type](raw, mapping.zone)
    if mapping.moment is not None:
        return _moment(mapping, mapping.moment, raw, scopes)
    if isinstance(raw, Decimal) and mapping.derive is not None:
        return raw
    return mapping.read(raw) if mapping.read is not None else CONVERTERS[mapping.type](raw, mapping.zone)


def _moment(mapping: FieldMapping, moment: Moment, raw: Any, scopes: Scopes) -> Any:
    if mapping.type == "date":
        return moment.day(raw)
    if moment.clock is None:
        return moment.instant(raw)
    time = first(mapping.clock, scopes)
    if time is ABSENT or time is None or _blank(time):
        raise Unfit("missing_value", "a time of day beside the date")
    return moment.instant(raw, time)


def _number(mapping: FieldMapping, value: Decimal, scopes: Scopes) -> Any:
    if value:
        return plain(value)
    if mapping.zero == "ignore":
        return Outcome.IGNORE
    return plain(value) if mapping.zero == "set" else _by_policy(mapping.zero, mapping, value, scopes)


def _enum(mapping: FieldMapping, raw: Any) -> str:
    literal = _word(mapping, raw) if mapping.tokens is not None and not mapping.has_constant else None
    if mapping.tokens is None or mapping.has_constant:
        text = scalar_text(raw)
        if text is None:
            raise Unfit("wrong_type", "text")
        key = text.casefold() if mapping.fold else text
        literal = text if mapping.table is None or mapping.has_constant else mapping.table.get(key)
    if literal in mapping.values:
        return str(literal)
    if mapping.else_value is not None:
        return mapping.else_value
    raise Unfit("unknown_value", f"one of {', '.join(mapping.table or mapping.values)}")


def _word(mapping: FieldMapping, raw: Any) -> str | None:
    """What the first word of the map's order stands for that is among the words of the value."""
    given = raw if isinstance(raw, list) else _SEPARATORS.sub(" ", scalar_text(raw) or "").split()
    words = [scalar_text(word) for word in given]
    if not words or any(word is None for word in words):
        raise Unfit("wrong_type", "words, or a list of them")
    known = {word.casefold() if mapping.fold else word for word in words if word is not None}
    found = next((token for token in mapping.tokens or () if token in known), None)
    return None if found is None or mapping.table is None else mapping.table[found]


def _ref(mapping: FieldMapping, raw: Any, scopes: Scopes) -> dict[str, str]:
    value = to_key(raw)
    reference = {
        "ref": str(mapping.ref),
        "by": str(mapping.by),
        "value": value,
        "missing": str(mapping.missing),
    }
    for path in mapping.display:
        name = look(path, scopes)
        if name is not ABSENT and name is not None and not _blank(name):
            return reference | {"name": to_text(name)}
    return reference
