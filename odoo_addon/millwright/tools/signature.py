"""Signatures in a header, by the layout that the contract says."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MAX_SIGNATURES = 8
"""A sender has few keys under rotation; more is somebody who wants us to compute."""


@dataclass(frozen=True)
class SignatureHeader:
    """The signatures as written, without the prefix, and the other values of the header."""

    texts: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)


def read_signatures(rule: Mapping[str, Any], header: str | None) -> SignatureHeader:
    """What the header says; unknown names are passed over."""
    if header is None:
        return SignatureHeader()
    if rule["layout"] == "bare":
        return SignatureHeader(_cut(rule, [header]))
    items = [item.strip() for item in header.split(rule["separator"])]
    if rule["layout"] == "list":
        return SignatureHeader(_cut(rule, items))
    texts: list[str] = []
    values: dict[str, str] = {}
    for item in items:
        name, assign, value = item.partition(rule["assign"])
        if not assign or not name:
            continue
        if name == rule["name"]:
            texts.append(value)
        else:
            values.setdefault(name, value)
    return SignatureHeader(_cut(rule, texts), values)


def decode_signature(text: str, encoding: str, length: int) -> bytes | None:
    """Strict: exactly the text of so many bytes."""
    try:
        raw = bytes.fromhex(text) if encoding == "hex" else base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return None
    same = raw.hex() if encoding == "hex" else base64.b64encode(raw).decode()
    return raw if len(raw) == length and same == (text.lower() if encoding == "hex" else text) else None


def _cut(rule: Mapping[str, Any], texts: list[str]) -> tuple[str, ...]:
    prefix = rule["prefix"] or ""
    return tuple(text.removeprefix(prefix) for text in texts[:MAX_SIGNATURES] if text.startswith(prefix))
