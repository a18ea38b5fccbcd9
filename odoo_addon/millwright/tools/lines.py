"""Lists of a message as lines: nested with their parents, zipped, filtered, netted."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from .contract import Input, Lines, Net
from .convert import Unfit, to_decimal
from .errors import HoldError, excerpt
from .paths import ABSENT, LINE_SCOPES, Scopes, first, holds, look, scalar_text
from .readers import total

MAX_LINES: Final = 1000


def unroll(item: Input, scopes: Scopes) -> list[Scopes]:
    """Scopes of every line in order: ``line``, and ``item`` and ``group`` of the lists around it.

    Raises HoldError for what is no list, too long, or cannot be zipped or netted.
    """
    if item.lines is None:
        return []
    lines = _unroll(item, item.lines, scopes, LINE_SCOPES[-depth(item.lines) :])
    return _netted(item, item.lines.net, lines) if item.lines.net else lines


def depth(lines: Lines) -> int:
    """How many lists stand in each other."""
    return 1 + (depth(lines.then) if lines.then else 0)


def _unroll(item: Input, lines: Lines, scopes: Scopes, names: tuple[str, ...]) -> list[Scopes]:
    found: list[Scopes] = []
    is_inner = any(name in scopes for name in LINE_SCOPES)
    for element in _elements(item, lines, scopes, is_inner):
        inside = {**scopes, names[0]: element}
        if not holds(lines.where, inside):
            continue
        found.extend(_unroll(item, lines.then, inside, names[1:]) if lines.then else [inside])
        if len(found) > MAX_LINES:
            raise _error(item, "too_many_lines", f"more than {MAX_LINES}", f"at most {MAX_LINES} lines")
    return found


def _elements(item: Input, lines: Lines, scopes: Scopes, is_inner: bool) -> list[Any]:
    if lines.zipped:
        return _zipped(item, lines, scopes)
    found = first(lines.sources, scopes)
    if is_inner and (found is ABSENT or found is None):
        return []
    return _list(item, found)


def _zipped(item: Input, lines: Lines, scopes: Scopes) -> list[Any]:
    columns = {name: _list(item, first(sources, scopes)) for name, sources in lines.zipped}
    lengths = {len(column) for column in columns.values()}
    if len(lengths) > 1:
        found = ", ".join(f"{len(column)} of {name}" for name, column in columns.items())
        raise _error(item, "unequal_lists", found, "lists of one length")
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _list(item: Input, found: Any) -> list[Any]:
    if not isinstance(found, list):
        code = "missing_lines" if found is ABSENT or found is None else "wrong_type"
        text = "nothing" if found is ABSENT else excerpt(found)
        raise _error(item, code, text, "a list of lines")
    if len(found) > MAX_LINES:
        raise _error(item, "too_many_lines", excerpt(found), f"at most {MAX_LINES} lines")
    return found


def _netted(item: Input, net: Net, lines: list[Scopes]) -> list[Scopes]:
    """One line for all that are the same; what else they say is the first one's."""
    groups: dict[tuple[str, ...], list[Scopes]] = {}
    for line in lines:
        groups.setdefault(_group(item, net, line), []).append(line)
    return [
        {**group[0], "line": _with(group[0]["line"], net.steps, _sum(item, net, group))}
        for group in groups.values()
    ]


def _group(item: Input, net: Net, line: Scopes) -> tuple[str, ...]:
    values = [scalar_text(look(source, line)) for source in net.by]
    if any(value is None for value in values):
        raise _error(item, "missing_value", "a line without it", f"{', '.join(s.text for s in net.by)}")
    return tuple(str(value) for value in values)


def _sum(item: Input, net: Net, group: list[Scopes]) -> Decimal:
    amounts = []
    for line in group:
        value = line["line"]
        for step in net.steps:
            value = value.get(step, ABSENT) if isinstance(value, Mapping) else ABSENT
        try:
            amounts.append(to_decimal(value))
        except Unfit as error:
            text = "nothing" if value is ABSENT else excerpt(value)
            raise _error(item, error.code, text, error.expected) from error
    return total(amounts)


def _with(value: Any, steps: tuple[str, ...], number: Decimal) -> Any:
    """A copy with the number at the steps, which are there."""
    if not steps:
        return number
    return {**value, steps[0]: _with(value[steps[0]], steps[1:], number)}


def _error(item: Input, code: str, found: str, expected: str) -> HoldError:
    remedy = "read the record again, or correct the mapping in the spec"
    return HoldError(code, f"{item.place}.lines", found, expected, remedy)
