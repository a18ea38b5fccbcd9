"""Proves where a callback comes from, over its raw bytes, before anything parses them.

The same schemes as the sidecar's, tested with the same vectors. Comparisons take constant time.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

from .callback import Callback
from .issued_token import is_issued, read_issuer
from .moments import read_time
from .signature import SignatureHeader, decode_signature, read_signatures

_LENGTHS = {"md5": 16, "sha1": 20, "sha256": 32, "sha512": 64}


@dataclass(frozen=True)
class Secret:
    """A secret with what it is for; None counts for everything. ``until`` in milliseconds."""

    text: str
    name: str | None = None
    event: str | None = None
    until: int | None = None

    def __repr__(self) -> str:
        return "Secret([redacted])"

    def speaks_for(self, event: str | None) -> bool:
        return self.event is None or self.event == event

    def counts(self, event: str | None, now: int) -> bool:
        return (self.until is None or now < self.until) and (event is None or self.speaks_for(event))


@dataclass(frozen=True)
class Token:
    """A token that counts once: known by ``key`` until ``expires`` (milliseconds)."""

    key: str
    expires: int


@dataclass(frozen=True)
class Pass:
    """One scheme that held: the secrets that fitted (None when it goes by none)."""

    fitting: tuple[Secret, ...] | None = None
    token: Token | None = None


@dataclass(frozen=True)
class Proof:
    """Every scheme of a contract held."""

    passes: tuple[Pass, ...]

    @property
    def tokens(self) -> list[Token]:
        return [held.token for held in self.passes if held.token]

    def speaks_for(self, event: str | None) -> bool:
        return all(
            held.fitting is None or any(secret.speaks_for(event) for secret in held.fitting)
            for held in self.passes
        )


def prove(
    schemes: Sequence[Mapping[str, Any]],
    secrets: Sequence[Secret],
    call: Callback,
    raw: bytes,
    event: str | None,
    now: int,
) -> Proof | None:
    """None: refused. ``event`` is its name as far as the head says it, ``now`` in milliseconds.

    All schemes have to hold; of the secrets of one any may fit. Without schemes or secrets nothing
    is taken. Raises KeyError for a scheme that is not known: it fails closed.
    """
    passes = []
    for scheme in schemes:
        own = [
            secret
            for secret in secrets
            if secret.text and secret.name == scheme.get("secret") and secret.counts(event, now)
        ]
        held = _CHECKS[scheme["profile"]](scheme, own, call, raw, now)
        if held is None:
            return None
        passes.append(held)
    return Proof(tuple(passes)) if passes else None


def _signed(
    scheme: Mapping[str, Any], secrets: Sequence[Secret], call: Callback, raw: bytes, now: int
) -> Pass | None:
    rule = scheme["signature"]
    header = read_signatures(rule, call.headers.get(rule["header"]))
    length = _LENGTHS[scheme["algorithm"]]
    given = [decode_signature(text, rule["encoding"], length) for text in header.texts]
    if not any(given) or not _in_time(scheme["timestamp"], call, header, now):
        return None
    fitting = []
    for secret in secrets:
        key = derive_key(scheme["key"], secret.text)
        message = _message(scheme["message"], call, header, raw, secret.text)
        if message is None:
            return None
        if key is None:
            continue
        expected = _digest(scheme, key, message)
        if sum(hmac.compare_digest(signature or b"", expected) for signature in given):
            fitting.append(secret)
    return _passed(fitting, scheme["once"], call, now)


def _passed(fitting: list[Secret], once: Mapping[str, Any] | None, call: Callback, now: int) -> Pass | None:
    if not fitting:
        return None
    if once is None:
        return Pass(tuple(fitting))
    token = call.headers.get(once["header"])
    if not token:
        return None
    key = hashlib.sha256(token.encode()).hexdigest()
    return Pass(tuple(fitting), Token(key, now + once["keep_seconds"] * 1000))


def _message(
    parts: Sequence[Any], call: Callback, header: SignatureHeader, raw: bytes, secret: str
) -> bytes | None:
    """What is signed; None when a part is not there: nothing is signed as empty."""
    pieces: list[bytes] = []
    for part in parts:
        value: str | bytes | None
        if isinstance(part, str):
            value = {"body": raw, "uri": call.uri, "secret": secret}[part]
        elif "text" in part:
            value = part["text"]
        elif "header" in part:
            value = call.headers.get(part["header"])
        else:
            value = header.values.get(part["signature"])
        if value is None:
            return None
        pieces.append(value if isinstance(value, bytes) else value.encode())
    return b"".join(pieces)


def _digest(scheme: Mapping[str, Any], key: bytes, message: bytes) -> bytes:
    if scheme["profile"] == "hmac":
        return hmac.digest(key, message, scheme["algorithm"])
    return hashlib.new(scheme["algorithm"], message, usedforsecurity=False).digest()


def derive_key(rule: Mapping[str, Any], secret: str) -> bytes | None:
    """None when the secret is not what the rule says it is: then it fits nothing."""
    text = secret.removeprefix(rule["cut_prefix"] or "")
    derive = rule["derive"]
    try:
        if derive == "sha256hex":
            return hashlib.sha256(text.encode()).hexdigest().encode()
        if derive == "base64":
            plain = text.replace("-", "+").replace("_", "/").rstrip("=")
            return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True) or None
        if derive == "hex":
            return bytes.fromhex(text) or None
    except (ValueError, binascii.Error):
        return None
    return {"plain": text.encode()}[derive] or None


def _in_time(rule: Any, call: Callback, header: SignatureHeader, now: int) -> bool:
    if rule == "none":
        return True
    name = rule.get("header")
    text = call.headers.get(name) if name else header.values.get(rule["signature"])
    time = None if text is None else read_time(text, rule["unit"])
    return time is not None and abs(now - time) <= rule["tolerance_seconds"] * 1000


def _shown(
    read: Callable[[Any, Callback], str | None], form: Callable[[str], str] = str
) -> Callable[..., Any]:
    """A scheme that shows its secret itself: both sides are hashed, so that lengths tell nothing."""

    def check(
        scheme: Mapping[str, Any], secrets: Sequence[Secret], call: Callback, _raw: bytes, _now: int
    ) -> Pass | None:
        given = read(scheme, call)
        if given is None:
            return None
        digest = hashlib.sha256(given.encode()).digest()
        fitting = [
            secret
            for secret in secrets
            if hmac.compare_digest(hashlib.sha256(form(secret.text).encode()).digest(), digest)
        ]
        return Pass(tuple(fitting)) if fitting else None

    return check


def _issued(
    scheme: Mapping[str, Any], secrets: Sequence[Secret], call: Callback, _raw: bytes, now: int
) -> Pass | None:
    token = _authorization("bearer")(scheme, call)
    if token is None:
        return None
    issuers = [(secret, read_issuer(secret.text)) for secret in secrets]
    fitting = tuple(secret for secret, issuer in issuers if issuer and is_issued(token, issuer, scheme, now))
    return Pass(fitting) if fitting else None


def _authorization(kind: str) -> Callable[[Any, Callback], str | None]:
    def read(_scheme: Any, call: Callback) -> str | None:
        words = call.headers.get("authorization", "").split(" ")
        return words[1] if len(words) == 2 and words[0].lower() == kind and words[1] else None

    return read


def _segment(scheme: Mapping[str, Any], call: Callback) -> str | None:
    segments = call.segments
    return segments[scheme["segment"]] if scheme["segment"] < len(segments) else None


def _listed(
    scheme: Mapping[str, Any], _secrets: Sequence[Secret], call: Callback, _raw: bytes, _now: int
) -> Pass | None:
    try:
        address = ip_address(call.address)
    except ValueError:
        return None
    address = getattr(address, "ipv4_mapped", None) or address
    return Pass() if any(address in ip_network(text, strict=False) for text in scheme["networks"]) else None


_CHECKS: Mapping[str, Callable[..., Pass | None]] = {
    "hmac": _signed,
    "digest": _signed,
    "basic": _shown(_authorization("basic"), lambda text: base64.b64encode(text.encode()).decode()),
    "bearer": _shown(_authorization("bearer")),
    "jwt": _issued,
    "header": _shown(lambda scheme, call: call.headers.get(scheme["header"])),
    "path_token": _shown(_segment),
    "ip_list": _listed,
    "none": lambda *_facts: Pass(),
}
