"""Questions of a sender that are answered at once, without storing anything: the sidecar's rules."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .callback import Callback, fill, resolve
from .js_json import parse, scalar_text, write
from .signature import read_signatures

_MAX_TEXT = 2000
_HEADER_TEXT = re.compile(r"[\t\x20-\x7e]*")


@dataclass(frozen=True)
class Reply:
    """An answer over HTTP."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def takes(source: Mapping[str, Any], method: str) -> bool:
    """Whether a request of this method may be meant for us."""
    asked = [handshake["when"].get("method") for handshake in source["handshakes"]]
    return method in source["accept"]["methods"] or method in asked


def answer(source: Mapping[str, Any], call: Callback, raw: bytes | None, verified: bool) -> Reply | None:
    """The answer to a question; None when there is none. ``raw`` is None before the body is read."""
    open_ones = [
        handshake
        for handshake in source["handshakes"]
        if (handshake["unverified"] or verified) and (raw is not None or "path" not in handshake["when"])
    ]
    payload = _payload(raw) if open_ones and raw is not None else None
    replies = (
        _reply(handshake["reply"], call, payload, source["verify"])
        for handshake in open_ones
        if _asks(handshake["when"], call, payload)
    )
    return next((reply for reply in replies if reply), None)


def _payload(raw: bytes) -> Any:
    try:
        return parse(raw)
    except ValueError:
        return None


def _asks(when: Mapping[str, Any], call: Callback, payload: Any) -> bool:
    if when.get("method", call.method) != call.method:
        return False
    said = []
    if "header" in when:
        said.append(call.headers.get(when["header"]))
    if "query" in when:
        said.append(call.query.get(when["query"]))
    if "path" in when:
        said.append(scalar_text(resolve(when["path"], {"event": payload, "fetched": {}})))
    return all(text is not None and when.get("equals", text) == text for text in said)


def _reply(
    rule: Mapping[str, Any], call: Callback, payload: Any, schemes: Sequence[Mapping[str, Any]]
) -> Reply | None:
    """None when a value that the answer needs is not there: that was no such question."""
    scopes = {"event": payload, "fetched": {}, **_said(call, schemes)}
    headers = {name: _filled(text, scopes) for name, text in rule["headers"].items()}
    tree = rule["json"]
    try:
        body = (_filled(rule["text"] or "", scopes) or "") if tree is None else write(_tree(tree, scopes))
        texts = {name: text for name, text in headers.items() if text is not None}
    except LookupError:
        return None
    if tree is None and rule["text"] and not body:
        return None
    if len(texts) < len(headers) or not all(_HEADER_TEXT.fullmatch(text) for text in texts.values()):
        return None
    kind = "text/plain; charset=utf-8" if tree is None else "application/json"
    usual = {"x-content-type-options": "nosniff", **({"content-type": kind} if body else {})}
    return Reply(rule["status"], body.encode(), {**usual, **texts})


def _said(call: Callback, schemes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    rule = next((scheme["signature"] for scheme in schemes if "signature" in scheme), None)
    texts = read_signatures(rule, call.headers.get(rule["header"])).texts if rule else ()
    return {
        "header": call.headers,
        "query": call.query,
        "signature": {"first": texts[0]} if texts else {},
    }


def _filled(template: str, scopes: Mapping[str, Any]) -> str | None:
    text = fill(template, scopes)
    return None if text is None or len(text) > _MAX_TEXT else text


def _tree(value: Any, scopes: Mapping[str, Any]) -> Any:
    """Every text of a tree filled; LookupError when one cannot be."""
    if isinstance(value, dict):
        return {name: _tree(item, scopes) for name, item in value.items()}
    if isinstance(value, list):
        return [_tree(item, scopes) for item in value]
    if not isinstance(value, str):
        return value
    text = _filled(value, scopes)
    if text is None:
        raise LookupError(value)
    return text
