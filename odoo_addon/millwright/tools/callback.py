"""What of a callback is known before its body is read, and how paths look into it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from re import split
from typing import Any
from urllib.parse import parse_qsl, unquote

from .js_json import Number, scalar_text

SCOPES = frozenset(("event", "fetched", "ce", "batch", "header", "query", "signature"))


@dataclass(frozen=True)
class Callback:
    """``headers`` by lower-case name; ``rest`` is the address behind the backend's own, ``uri`` the
    whole one as the sender wrote it (None when it is not known), ``search`` begins with ``?`` or is
    empty.
    """

    method: str
    headers: Mapping[str, str]
    rest: str = ""
    search: str = ""
    uri: str | None = None
    address: str = ""

    @property
    def segments(self) -> list[str]:
        return [unquote(step) for step in self.rest.split("/") if step]

    @property
    def query(self) -> dict[str, str]:
        pairs = parse_qsl(self.search.removeprefix("?"), keep_blank_values=True)
        return dict(reversed(pairs))


def resolve(path: str, scopes: Mapping[str, Any]) -> Any:
    """The value at a path, or None: of what is absent and of what is null."""
    scope, *steps = path.split(".")
    value = scopes.get(scope) if scope in SCOPES else None
    for step in steps:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list):
            value = _element(value, step)
        else:
            return None
    return value


def _element(items: list[Any], step: str) -> Any:
    if step == "length":
        return Number(str(len(items)))
    is_index = step.isascii() and step.isdigit() and str(int(step)) == step
    return items[int(step)] if is_index and int(step) < len(items) else None


def fill(template: str, scopes: Mapping[str, Any]) -> str | None:
    """A template's text; None when one of its paths leads to no scalar."""
    pieces = split(r"\{([^{}]+)\}", template)
    texts = [
        scalar_text(resolve(piece, scopes)) if index % 2 else piece for index, piece in enumerate(pieces)
    ]
    return None if None in texts else "".join(text or "" for text in texts)


def first(paths: Sequence[str], scopes: Mapping[str, Any]) -> Any:
    """The first value that is present and not null."""
    return next((value for path in paths if (value := resolve(path, scopes)) is not None), None)
