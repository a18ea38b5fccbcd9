"""Paths, templates and conditions: how a contract points into a message.

Four states of a value are kept apart: absent (``ABSENT``), ``None``, ``""`` and ``0``.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote

SCOPES: Final = ("event", "fetched", "record", "line")
TESTS: Final = ("equals", "in", "present", "equals_path")

_STEP = re.compile(r"[^.{}\s]+")
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


@dataclass(frozen=True)
class Template:
    """Text with ``{path}``: ``parts`` alternates literal text and paths."""

    text: str
    parts: tuple[str | Path, ...]


@dataclass(frozen=True)
class Condition:
    """One test (``equals``, ``in``, ``present``, ``equals_path``) on the value of one path."""

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


def parse_template(text: object) -> Template:
    """Raises ValueError for text with a lone brace or a placeholder that is no path."""
    if not isinstance(text, str):
        raise ValueError(f"{text!r} is not text")
    parts: list[str | Path] = []
    for index, piece in enumerate(_PLACEHOLDER.split(text)):
        if index % 2:
            parts.append(parse_path(piece))
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
    if tests[0] == "in" and not isinstance(operand, list):
        raise ValueError(f"condition {dict(document)!r}: in needs a list")
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


def first(paths: Sequence[Path], scopes: Scopes) -> Any:
    """First value that is there and not null; else null when one of the paths holds it; else
    ABSENT.
    """
    outcome: Any = ABSENT
    for path in paths:
        value = resolve(path, scopes)
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
    if condition.test == "in":
        return any(same(value, literal) for literal in condition.operand)
    if condition.test == "equals_path":
        return same(value, resolve(condition.operand, scopes))
    return same(value, condition.operand)
