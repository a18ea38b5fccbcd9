"""Whether a payload is what an event's schema promises, and whether reads are needed before it can be mapped.

Of JSON Schema it knows what the generator writes; another keyword does not pass.
"""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from .moments import instant
from .paths import ABSENT, holds, parse_condition, parse_path, resolve

_TYPES = {
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: _is_number(value) and value == int(value),
    "number": lambda value: _is_number(value),
}
_KNOWN = {"$schema", "type", "required", "properties", "minLength", "format", "pattern", "anyOf"}


def schema_problem(schema: Mapping[str, Any], value: Any, place: str = "event") -> str | None:
    """What was expected where, without values of the payload; None when it fits."""
    unknown = schema.keys() - _KNOWN
    if unknown:
        return f"{place}: the schema says {', '.join(sorted(unknown))}, which is not understood"
    kind = schema.get("type")
    if kind is not None and not _TYPES[kind](value):
        return f"{place}: must be {kind}"
    if isinstance(value, str) and not _text_fits(schema, value):
        return f"{place}: must be a text of the form that the contract says"
    choices = schema.get("anyOf", [])
    if choices and all(schema_problem(choice, value, place) for choice in choices):
        return f"{place}: fits none of the forms that the contract says"
    if not isinstance(value, dict):
        return None
    missing = [name for name in schema.get("required", []) if name not in value]
    if missing:
        return f"{place}: must have {', '.join(missing)}"
    inner = (
        schema_problem(rule, value[name], f"{place}.{name}")
        for name, rule in schema.get("properties", {}).items()
        if name in value
    )
    return next(filter(None, inner), None)


def needed_reads(rule: Mapping[str, Any], payload: Any, context: Mapping[str, Any]) -> list[str]:
    """Names of the reads that an event needs, as far as the payload and its context say."""
    scopes = {"event": payload, "fetched": context}
    return [read["as"] for read in rule["fetch"] if _is_needed(read, scopes)]


def _is_needed(read: Mapping[str, Any], scopes: Mapping[str, Any]) -> bool:
    found = (resolve(parse_path(path), scopes) for path in read["unless"])
    if any(value is not None and value is not ABSENT for value in found):
        return False
    return holds([parse_condition(condition) for condition in read["when"]], scopes)


def _text_fits(schema: Mapping[str, Any], text: str) -> bool:
    form = schema.get("format")
    if len(text) < schema.get("minLength", 0) or not re.search(schema.get("pattern", ""), text):
        return False
    return form is None or _FORMATS[form](text)


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


_FORMATS = {"date-time": lambda text: instant(text) is not None, "date": _is_date}


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)
