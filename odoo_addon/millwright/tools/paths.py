"""Paths, templates and conditions: how a contract points into a message.

Four states of a value are kept apart: absent (``ABSENT``), ``None``, ``""`` and ``0``.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote

from .clean import Filter, cleaned, parse_filter

LINE_SCOPES: Final = ("group", "item", "line")
"""Elements of nested lists, from the outermost to the innermost."""
SCOPES: Final = ("event", "fetched", "record", *LINE_SCOPES)
TESTS: Final = ("equals", "in", "not_in", "present", "equals_path", "contains", "above", "below")

_STEP = re.compile(r"[^.{}\s]+")
_DECIMAL = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?", re.ASCII)
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")

Scopes = Mapping[str, Any]


class _Absent:
    """The type of ABSENT: falsy, equal only to itself."""

    def __repr__(self) -> str:
        return "ABSENT"

    def __bool__(self) -> bool:
        return False


ABSENT: Final = _Absent()


@dataclass(frozen=True)
class Path:
    """``scope.step.step``; a step that is a number is an index when it meets a list."""

    text: str
    scope: str
    steps: tuple[str, ...]
    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True)
class Template:
    """Text with ``{path}``: ``parts`` alternates literal text and paths."""

    text: str
    parts: tuple[str | Path, ...]


Source = Path | Template
"""Where a value comes from: a path, or a template over several."""


@dataclass(frozen=True)
class Condition:
    """One test (see TESTS) on the value of one path."""

    path: Path
    test: str
    operand: Any

    def __str__(self) -> str:
        operand = self.operand.text if isinstance(self.operand, Path) else self.operand
        return f"{self.path.text} {self.test} {operand!r}"


def parse_path(text: object) -> Path:
    """Raises ValueError when the text is no path or its scope is unknown."""
    steps = text.split(".") if isinstance(text, str) else []
    if not steps or not all(_STEP.fullmatch(step) for step in steps):
        raise ValueError(f"{text!r} is not a path like event.name")
    if steps[0] not in SCOPES:
        raise ValueError(f"{text!r}: unknown scope {steps[0]!r}, expected one of {', '.join(SCOPES)}")
    return Path(str(text), steps[0], tuple(steps[1:]))


def parse_source(text: object) -> Source:
    """A path, or a template whose paths may carry filters: ``{record.no|trim}@{record.site}``."""
    if isinstance(text, str) and ("{" in text or "}" in text):
        return parse_template(text, _filtered_path)
    return parse_path(text)


def _filtered_path(text: str) -> Path:
    path, *filters = text.split("|")
    return replace(parse_path(path), filters=tuple(parse_filter(item) for item in filters))


def parse_template(text: object, parse: Callable[[str], Path] | None = None) -> Template:
    """Raises ValueError for text with a lone brace or a placeholder that is no path."""
    if not isinstance(text, str):
        raise ValueError(f"{text!r} is not text")
    parts: list[str | Path] = []
    for index, piece in enumerate(_PLACEHOLDER.split(text)):
        if index % 2:
            parts.append((parse or parse_path)(piece))
        elif "{" in piece or "}" in piece:
            raise ValueError(f"{text!r}: lone brace")
        else:
            parts.append(piece)
    return Template(text, tuple(parts))


def parse_condition(document: object) -> Condition:
    """Raises ValueError for anything but ``{path, <one test>}``."""
    if not isinstance(document, Mapping):
        raise ValueError(f"{document!r} is not a condition")
    tests = [key for key in document if key != "path"]
    if "path" not in document or len(tests) != 1 or tests[0] not in TESTS:
        raise ValueError(f"condition {dict(document)!r}: expected path and one of {', '.join(TESTS)}")
    operand = document[tests[0]]
    if tests[0] in ("in", "not_in") and not isinstance(operand, list):
        raise ValueError(f"condition {dict(document)!r}: {tests[0]} needs a list")
    if tests[0] in ("above", "below") and (
        isinstance(operand, bool) or not isinstance(operand, (int, Decimal))
    ):
        raise ValueError(f"condition {dict(document)!r}: {tests[0]} needs a number")
    if tests[0] == "present" and not isinstance(operand, bool):
        raise ValueError(f"condition {dict(document)!r}: present needs true or false")
    if tests[0] == "equals_path":
        operand = parse_path(operand)
    return Condition(parse_path(document["path"]), tests[0], operand)


def resolve(path: Path, scopes: Scopes) -> Any:
    """Value at the path, or ABSENT.

    A null on the way answers null: where there is no team, there is no name of the team.
    """
    value = scopes.get(path.scope, ABSENT)
    for step in path.steps:
        if value is None or value is ABSENT:
            return value
        value = _step_into(value, step)
    return value


def look(source: Source, scopes: Scopes) -> Any:
    """Value of a path, or the text of a template.

    A template with a missing path is ABSENT, with a null or blank one null: an id is never made of
    half its parts. One that is not scalar answers itself, so that it is refused by its type.
    """
    if isinstance(source, Path):
        return resolve(source, scopes)
    pieces, outcome = [], ""
    for part in source.parts:
        value = part if isinstance(part, str) else resolve(part, scopes)
        if value is ABSENT:
            return ABSENT
        text = scalar_text(value)
        if value is not None and text is None:
            return value
        if isinstance(part, Path):
            text = cleaned(text or "", part.filters)
            outcome = outcome if text.strip() else None
        pieces.append(text or "")
    return None if outcome is None else "".join(pieces)


def first(paths: Sequence[Source], scopes: Scopes) -> Any:
    """First value that is there and not null; else null when one of the paths holds it; else
    ABSENT.
    """
    outcome: Any = ABSENT
    for path in paths:
        value = look(path, scopes)
        if value is None:
            outcome = None
        elif value is not ABSENT:
            return value
    return outcome


def render(template: Template, scopes: Scopes, url: bool = False) -> str | None:
    """Text of a template, or None when a path in it is missing, null or not a scalar; ``url``
    encodes the values.
    """
    pieces = []
    for part in template.parts:
        if isinstance(part, str):
            pieces.append(part)
            continue
        text = scalar_text(resolve(part, scopes))
        if text is None:
            return None
        pieces.append(quote(text, safe="") if url else text)
    return "".join(pieces)


def holds(conditions: Sequence[Condition], scopes: Scopes) -> bool:
    """Whether all conditions hold together (an empty list does)."""
    return all(_holds(condition, scopes) for condition in conditions)


def same(left: Any, right: Any) -> bool:
    """Equality of JSON values: 2 equals 2.0, true does not equal 1, ABSENT equals nothing."""
    if left is ABSENT or right is ABSENT or isinstance(left, bool) != isinstance(right, bool):
        return False
    return bool(left == right)


def scalar_text(value: Any) -> str | None:
    """Text of a JSON scalar (2.0 is "2", true is "true"); None for null, ABSENT, objects, lists,
    huge numbers.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return decimal_text(value) if value.is_finite() and abs(value.adjusted()) <= 30 else None
    return value if isinstance(value, str) else None


def decimal_text(value: Decimal) -> str:
    """Decimal without exponent, trailing zeros or negative zero."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _step_into(value: Any, step: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(step, ABSENT)
    if isinstance(value, list) and step.isascii() and step.isdigit():
        index = int(step)
        return value[index] if index < len(value) else ABSENT
    return ABSENT


def _holds(condition: Condition, scopes: Scopes) -> bool:
    value = resolve(condition.path, scopes)
    if condition.test == "present":
        return (value is not ABSENT and value is not None) == condition.operand
    if condition.test in ("in", "not_in"):
        found = any(same(value, literal) for literal in condition.operand)
        return found == (condition.test == "in")
    if condition.test == "contains":
        return _contains(value, condition.operand)
    if condition.test in ("above", "below"):
        number = _number(value)
        above = number is not None and number > condition.operand
        return above if condition.test == "above" else number is not None and number < condition.operand
    if condition.test == "equals_path":
        return same(value, resolve(condition.operand, scopes))
    return same(value, condition.operand)


def _contains(value: Any, literal: Any) -> bool:
    """A list has the element, a text the piece of text; nothing else contains anything."""
    if isinstance(value, list):
        return any(same(item, literal) for item in value)
    return isinstance(value, str) and isinstance(literal, str) and literal in value


def _number(value: Any) -> Decimal | None:
    """A number, also one written as plain text; None for everything else."""
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return Decimal(value)
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return None
    return Decimal(value)
