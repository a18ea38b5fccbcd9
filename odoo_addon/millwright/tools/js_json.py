"""JSON as JavaScript reads and writes it: event ids of both ways into the inbox hang on it.

Numbers keep the text they came with, and have the value of a double where they are compared or named.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

_INDEX = re.compile(r"0|[1-9][0-9]{0,9}", re.ASCII)
_LONE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Number:
    """A number of a JSON document, by its text."""

    text: str

    def __str__(self) -> str:
        """As JavaScript names the double."""
        return number_text(float(self.text))


def parse(raw: bytes) -> Any:
    """One JSON document in UTF-8; raises ValueError for anything else, also for nesting too deep."""
    try:
        return json.loads(raw.decode("utf-8"), parse_float=Number, parse_int=Number, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deep") from None


def write(value: Any) -> str:
    """Without blanks, numbers as they came, keys that are array indexes first, as JSON.stringify."""
    if isinstance(value, Number):
        return value.text
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, list):
        return f"[{','.join(write(item) for item in value)}]"
    if isinstance(value, dict):
        keys = sorted(filter(_is_index, value), key=int) + [key for key in value if not _is_index(key)]
        return "{" + ",".join(f"{_quoted(key)}:{write(value[key])}" for key in keys) + "}"
    return json.dumps(value)


def scalar_json(value: Any) -> str:
    """A scalar as JSON.stringify writes it after JSON.parse: 2.0 is 2."""
    if isinstance(value, Number):
        text = str(value)
        return "null" if text.endswith("Infinity") else text
    return write(value)


def scalar_text(value: Any) -> str | None:
    """A scalar in a text; None for null, what is absent, objects and lists."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (str, Number)) else None


def number_text(value: float) -> str:
    """The shortest text of a double, with an exponent from 1e21 up and below 1e-6."""
    if value == 0:
        return "0"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    sign = "-" if value < 0 else ""
    mantissa, _e, exponent = f"{abs(value)!r}".partition("e")
    whole, _dot, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    if not -6 < point <= 21:
        rest = f".{digits[1:]}" if digits[1:] else ""
        return f"{sign}{digits[0]}{rest}e{'+' if point > 0 else '-'}{abs(point - 1)}"
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    if point >= len(digits):
        return sign + digits.ljust(point, "0")
    return f"{sign}{digits[:point]}.{digits[point:]}"


def _quoted(text: str) -> str:
    return _LONE.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(text, ensure_ascii=False))


def _is_index(key: str) -> bool:
    return bool(_INDEX.fullmatch(key)) and int(key) < 2**32 - 1


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
