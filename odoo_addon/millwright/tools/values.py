"""One field mapping applied to one message: a value for the command, or why there is none."""

from decimal import Decimal
from enum import Enum
from typing import Any, Final

from .canonical import plain
from .contract import FieldMapping
from .convert import COLUMN_CONVERTERS, CONVERTERS, Unfit, to_key, to_text
from .errors import HoldError, excerpt
from .paths import ABSENT, Path, Scopes, first, resolve, scalar_text


class Outcome(Enum):
    """No value: left out of the command (KEEP), or the whole line is without meaning (IGNORE)."""

    KEEP = "keep"
    IGNORE = "ignore"


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
    raw = mapping.constant if mapping.has_constant else first(mapping.sources, scopes)
    if mapping.by_presence:
        return mapping.by_presence[0 if raw is not None and raw is not ABSENT else 1]
    policy = _policy(mapping, raw)
    if policy is not None:
        return _by_policy(policy, mapping, raw, scopes)
    try:
        value = _typed(mapping, raw, scopes)
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
    raw = first(mapping.sources, scopes)
    if raw is ABSENT:
        return Outcome.KEEP
    if raw is None or _blank(raw):
        return None
    try:
        return COLUMN_CONVERTERS[mapping.type](raw, mapping.zone)
    except Unfit as error:
        raise hold(error.code, mapping, raw, error.expected, scopes) from error


def key_value(name: str, sources: tuple[Path, ...], scopes: Scopes, place: str) -> str:
    """External id at the first path that has one; raises HoldError when there is none or it is no
    id.
    """
    return str(_needed(FieldMapping(name, "key", f"{place}.{name}", sources), scopes))


def optional_key(name: str, sources: tuple[Path, ...], scopes: Scopes, place: str) -> str | None:
    """Like ``key_value``, but None when there is nothing: absent, null or blank."""
    raw = first(sources, scopes)
    if raw is ABSENT or raw is None or _blank(raw):
        return None
    return key_value(name, sources, scopes, place)


def instant_value(name: str, sources: tuple[Path, ...], scopes: Scopes, place: str) -> str | None:
    """Canonical instant; None when the contract names no path. Raises HoldError."""
    if not sources:
        return None
    return str(plain(_needed(FieldMapping(name, "datetime", f"{place}.{name}", sources), scopes)))


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
        return to_key(raw) if mapping.type == "key" else CONVERTERS[mapping.type](raw, mapping.zone)
    except Unfit as error:
        raise hold(error.code, mapping, raw, error.expected, scopes) from error


def _blank(raw: Any) -> bool:
    return isinstance(raw, str) and not raw.strip()


def _policy(mapping: FieldMapping, raw: Any) -> str | None:
    """The policy that decides, or None when there is a value to convert."""
    if raw is ABSENT:
        return mapping.absent
    if raw is None:
        return mapping.null
    return mapping.empty if _blank(raw) else None


def _by_policy(policy: str, mapping: FieldMapping, raw: Any, scopes: Scopes) -> Any:
    if policy == "keep":
        return Outcome.KEEP
    if policy == "clear":
        return None
    if policy == "hold":
        raise hold("missing_value", mapping, raw, f"a value for {mapping.name}", scopes)
    return "" if isinstance(raw, str) else plain(raw)


def _typed(mapping: FieldMapping, raw: Any, scopes: Scopes) -> Any:
    if mapping.type == "enum":
        return _enum(mapping, raw)
    if mapping.type == "ref":
        return _ref(mapping, raw, scopes)
    return CONVERTERS[mapping.type](raw, mapping.zone)


def _number(mapping: FieldMapping, value: Decimal, scopes: Scopes) -> Any:
    if value:
        return plain(-value if mapping.sign < 0 else value)
    if mapping.zero == "ignore":
        return Outcome.IGNORE
    return plain(value) if mapping.zero == "set" else _by_policy(mapping.zero, mapping, value, scopes)


def _enum(mapping: FieldMapping, raw: Any) -> str:
    text = scalar_text(raw)
    if text is None:
        raise Unfit("wrong_type", "text")
    literal = text if mapping.table is None or mapping.has_constant else mapping.table.get(text)
    if literal in mapping.values:
        return str(literal)
    if mapping.else_value is not None:
        return mapping.else_value
    raise Unfit("unknown_value", f"one of {', '.join(mapping.table or mapping.values)}")


def _ref(mapping: FieldMapping, raw: Any, scopes: Scopes) -> dict[str, str]:
    value = to_key(raw)
    reference = {
        "ref": str(mapping.ref),
        "by": str(mapping.by),
        "value": value,
        "missing": str(mapping.missing),
    }
    for path in mapping.display:
        name = resolve(path, scopes)
        if name is not ABSENT and name is not None and not _blank(name):
            return reference | {"name": to_text(name)}
    return reference
