"""Filters that bring ids and coded values of several spellings to one: closed, no patterns."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

Filter = tuple[str, str]
"""Name and argument; the argument is ``""`` where the filter takes none."""


def _strip_zeros(text: str, _argument: str) -> str:
    """Without leading zeros, when all of it is digits: ``AB007`` is another id than ``AB7``."""
    return (text.lstrip("0") or "0") if text.isascii() and text.isdigit() else text


PLAIN: Final[Mapping[str, Callable[[str, str], str]]] = {
    "trim": lambda text, _argument: text.strip(),
    "upper": lambda text, _argument: text.upper(),
    "lower": lambda text, _argument: text.lower(),
    "strip_zeros": _strip_zeros,
}
WITH_ARGUMENT: Final[Mapping[str, Callable[[str, str], str]]] = {
    "before": lambda text, mark: text.partition(mark)[0],
    "after": lambda text, mark: text.partition(mark)[2] if mark in text else text,
}


def parse_filter(text: object) -> Filter:
    """``trim`` or ``before=:``. Raises ValueError for an unknown one or a wrong argument."""
    name, equals, argument = str(text).partition("=")
    known = PLAIN if not equals else WITH_ARGUMENT
    if not isinstance(text, str) or name not in known or bool(equals) != bool(argument):
        names = [*PLAIN, *(f"{name}=<text>" for name in WITH_ARGUMENT)]
        raise ValueError(f"unknown filter {text!r}, expected one of {', '.join(names)}")
    return name, argument


def cleaned(text: str, filters: Sequence[Filter]) -> str:
    """The text after all filters, in their order."""
    for name, argument in filters:
        text = (PLAIN.get(name) or WITH_ARGUMENT[name])(text, argument)
    return text
