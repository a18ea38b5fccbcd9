"""From a proved delivery to its events: what they are called, what they are about, what tells them apart.

What cannot be identified is never refused: it is held, known by its event's name and its bytes.
"""

import base64
import binascii
import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import unquote_to_bytes

from .callback import Callback, fill, first, resolve
from .js_json import parse, scalar_json, scalar_text, write
from .moments import instant

_BATCH = re.compile(r"application/cloudevents-batch\+json\b", re.IGNORECASE)
_STRUCTURED = re.compile(r"application/cloudevents\+json\b", re.IGNORECASE)
_BY_BODY = ("paths", "present", "ce")


@dataclass(frozen=True)
class Piece:
    """One event of a delivery: its JSON as it came, and what the delivery says beside it."""

    raw: bytes
    payload: Any = None
    context: dict[str, Any] = field(default_factory=dict)
    code: str | None = None
    problem: str = ""


@dataclass(frozen=True)
class Event:
    """``time`` in milliseconds since the epoch, or None; ``code`` says why it is held, or None."""

    event_id: str
    name: str | None
    subject: str | None
    lane: str
    time: int | None
    raw: bytes
    context: dict[str, Any]
    code: str | None = None
    problem: str = ""


def open_delivery(contract: Mapping[str, Any], call: Callback, raw: bytes) -> list[Event]:
    """The events of a proved delivery, in order; ``contract`` has the keys source and events."""
    source = contract["source"]
    header = _signed_headers(source["verify"], call)
    events = []
    for piece in _split(source, call, raw):
        context = {**piece.context, **header}
        scopes = {"fetched": {}, **context, "event": piece.payload}
        name = event_name(source["event_name"], call, scopes)
        events.append(_identified(contract["events"], name, piece, context))
    return events


def early_name(sources: Sequence[Mapping[str, Any]], call: Callback) -> str | None:
    """The event's name as far as the head alone says it."""
    for source in sources:
        if any(key in source for key in _BY_BODY):
            return None
        name = _name(source, call, {})
        if name:
            return name
    return None


def event_name(sources: Sequence[Mapping[str, Any]], call: Callback, scopes: Mapping[str, Any]) -> str | None:
    """By the first source that answers."""
    return next((name for source in sources if (name := _name(source, call, scopes))), None)


def event_id(name: str, values: Sequence[Any]) -> str:
    """The dedupe key (docs/architecture.md §3, Identity)."""
    return _sha256(f"[{','.join(scalar_json(value) for value in (name, *values))}]")


def _identified(rules: Mapping[str, Any], name: str | None, piece: Piece, context: dict[str, Any]) -> Event:
    if piece.code:
        return _held(name, piece, context, piece.code, piece.problem)
    rule = rules.get(name) if name is not None else None
    if rule is None or name is None:
        return _held(name, piece, context, "unknown_event", "the contract has no such event")
    scopes = {"fetched": {}, **context, "event": piece.payload}
    values = [resolve(path, scopes) for path in rule["identity"]]
    if all(value is None for value in values) or any(isinstance(value, (dict, list)) for value in values):
        problem = f"no usable value at {', '.join(rule['identity'])}"
        return _held(name, piece, context, "identity_missing", problem)
    subject = next((text for item in rule["subject"] if (text := fill(item, scopes)) is not None), None)
    if subject is None:
        problem = f"nothing resolves of {', '.join(rule['subject'])}"
        return _held(name, piece, context, "subject_missing", problem)
    time = instant(first(rule["time"], scopes))
    return Event(event_id(name, values), name, subject, rule["lane"], time, piece.raw, context)


def _held(name: str | None, piece: Piece, context: dict[str, Any], code: str, problem: str) -> Event:
    key = _sha256(f'[{scalar_json(name)},"body","{sha256(piece.raw).hexdigest()}"]')
    return Event(key, name, None, "standard", None, piece.raw, context, code, problem)


def _name(source: Mapping[str, Any], call: Callback, scopes: Mapping[str, Any]) -> str | None:
    if "constant" in source:
        return str(source["constant"])
    if "present" in source:
        found = (name for path, name in source["present"].items() if resolve(path, scopes) is not None)
        return next(found, None)
    text = _said(source, call, scopes)
    return text if text is None or source["map"] is None else source["map"].get(text, text)


def _said(source: Mapping[str, Any], call: Callback, scopes: Mapping[str, Any]) -> str | None:
    if "header" in source:
        return call.headers.get(source["header"])
    if "segment" in source:
        return dict(enumerate(call.segments)).get(source["segment"])
    if "query" in source:
        return call.query.get(source["query"])
    paths = [f"ce.{source['ce']}"] if "ce" in source else source["paths"]
    texts = [scalar_text(resolve(path, scopes)) for path in paths]
    return None if None in texts else source.get("join", "").join(text or "" for text in texts)


def _signed_headers(schemes: Sequence[Mapping[str, Any]], call: Callback) -> dict[str, Any]:
    """Where a token counts once, the signed headers tell one delivery from another."""
    names = [
        part["header"]
        for scheme in schemes
        if scheme.get("once")
        for part in scheme["message"]
        if isinstance(part, dict) and "header" in part
    ]
    return {"header": {name: call.headers.get(name) for name in names}} if names else {}


def _split(source: Mapping[str, Any], call: Callback, raw: bytes) -> list[Piece]:
    try:
        tree = parse(raw)
    except ValueError:
        return [Piece(raw, code="invalid_json", problem="the body is not JSON in UTF-8")]
    if source["accept"]["format"] == "json" and source["records"] is None and not source["drop"]:
        return [Piece(raw, tree)]
    whole = copy.deepcopy(tree)
    opened = [(tree, {})] if source["accept"]["format"] == "json" else _cloud_events(call, tree)
    if opened is None:
        return [Piece(raw, whole, code="not_separable", problem="the body is no CloudEvent in JSON")]
    pieces = []
    for data, context in opened:
        records = [(data, context)] if source["records"] is None else _records(source, data, context)
        if records is None:
            problem = "no list of records where the contract says"
            return [Piece(raw, whole, code="not_separable", problem=problem)]
        for record, around in records:
            for path in source["drop"]:
                _remove(record, path.split(".")[1:])
            pieces.append(Piece(write(record).encode(), record, around))
    return pieces


def _cloud_events(call: Callback, tree: Any) -> list[tuple[Any, dict[str, Any]]] | None:
    """(data, context) of each; None when it is none. Of binary events the attributes are headers."""
    kind = call.headers.get("content-type", "")
    if _BATCH.match(kind) or isinstance(tree, list):
        events = [_structured(item) for item in tree] if isinstance(tree, list) else [None]
        return None if None in events else [event for event in events if event]
    if "ce-specversion" in call.headers and not _STRUCTURED.match(kind):
        names = {name: _unquoted(text) for name, text in call.headers.items() if name.startswith("ce-")}
        attributes = {name.removeprefix("ce-"): text for name, text in names.items()}
        return [(tree, {"ce": {**attributes, "datacontenttype": kind}})]
    event = _structured(tree)
    return None if event is None else [event]


def _structured(tree: Any) -> tuple[Any, dict[str, Any]] | None:
    if not isinstance(tree, dict):
        return None
    attributes = {name: value for name, value in tree.items() if name not in ("data", "data_base64")}
    if not isinstance(attributes.get("type"), str) or not isinstance(attributes.get("specversion"), str):
        return None
    encoded = tree.get("data_base64")
    if not isinstance(encoded, str):
        return tree.get("data"), {"ce": attributes}
    try:
        return parse(base64.b64decode(encoded)), {"ce": attributes}
    except (ValueError, binascii.Error):
        return None


def _unquoted(text: str) -> str:
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        return text


def _records(
    source: Mapping[str, Any], data: Any, context: dict[str, Any]
) -> list[tuple[Any, dict[str, Any]]] | None:
    """Each record with what stands around the list; a single one may stand there without a list."""
    for path in source["records"]["path"]:
        steps = path.split(".")[1:]
        found = resolve(path, {"event": data})
        if not isinstance(found, (dict, list)):
            continue
        records = found if isinstance(found, list) else [found]
        _remove(data, steps)
        batch = copy.deepcopy(data) if steps and not isinstance(data, list) else {}
        return [(record, {**context, "batch": batch}) for record in records]
    return None


def _remove(data: Any, steps: Sequence[str]) -> None:
    owner = resolve(".".join(["event", *steps[:-1]]), {"event": data})
    if steps and isinstance(owner, dict):
        owner.pop(steps[-1], None)


def _sha256(text: str) -> str:
    return sha256(text.encode()).hexdigest()
