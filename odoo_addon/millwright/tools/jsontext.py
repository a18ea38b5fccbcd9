"""JSON text in: exact decimals, finite numbers, bounded depth."""

import json
from decimal import Decimal
from typing import Any

from .errors import HoldError

MAX_DEPTH = 64


def loads(text: str | bytes, notes: list[str] | None = None) -> Any:
    """Parse one JSON document; numbers with a fraction or exponent become ``Decimal``.

    A key that stands twice in one object: the last one wins, as in JavaScript, and ``notes`` gets a
    sentence. Raises HoldError ``invalid_json`` (also for NaN and Infinity) or ``too_deep``.
    """

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(items)
        if notes is not None and len(result) != len(items):
            names = [name for name, _value in items]
            notes.extend(f"key {name!r} stands twice" for name in result if names.count(name) > 1)
        return result

    try:
        value = json.loads(text, parse_float=Decimal, parse_constant=_refuse, object_pairs_hook=pairs)
    except RecursionError:
        raise _too_deep() from None
    except (ValueError, ArithmeticError) as error:
        raise HoldError(
            "invalid_json",
            "payload",
            str(error),
            "one JSON document with finite numbers",
            "correct the sender",
        ) from error
    if _depth_exceeds(value, MAX_DEPTH):
        raise _too_deep()
    return value


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _too_deep() -> HoldError:
    return HoldError(
        "too_deep",
        "payload",
        "deeper nesting",
        f"at most {MAX_DEPTH} levels of objects and lists",
        "correct the sender",
    )


def _depth_exceeds(value: Any, limit: int) -> bool:
    level = [value]
    for _step in range(limit):
        level = [child for item in level for child in _children(item)]
        if not level:
            return False
    return True


def _children(value: Any) -> list[Any]:
    """Objects and lists directly in a value."""
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [item for item in items if isinstance(item, (dict, list))]
