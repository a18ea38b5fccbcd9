"""Tokens that an issuer signs (JWT, RFC 7519), as the scheme ``jwt`` takes them.

The same rules as the sidecar's, tested with the same vectors. The secret of such a scheme says who
the issuer is: JSON with ``issuer``, ``audience`` and ``keys``, a JWK set (RFC 7517) of public keys.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256

ISSUER_EXPECTED = (
    'JSON with "issuer", "audience" and "keys", a JWK set of public keys (RSA of 2048 bits or more, EC P-256)'
)
_COMPACT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
_HALF = 32  # bytes of r and of s in a signature over P-256


@dataclass(frozen=True)
class Key:
    id: str | None
    algorithm: str
    public: rsa.RSAPublicKey | ec.EllipticCurvePublicKey

    def has_signed(self, message: bytes, signature: bytes) -> bool:
        try:
            if isinstance(self.public, rsa.RSAPublicKey):
                self.public.verify(signature, message, padding.PKCS1v15(), SHA256())
            else:
                if len(signature) != 2 * _HALF:
                    return False
                halves = (signature[:_HALF], signature[_HALF:])
                pair = utils.encode_dss_signature(*(int.from_bytes(half, "big") for half in halves))
                self.public.verify(pair, message, ec.ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class Issuer:
    """Who signs the tokens, and for whom."""

    issuer: str
    audience: str
    keys: tuple[Key, ...]


def read_issuer(text: str) -> Issuer | None:
    """None: the text is no issuer; `ISSUER_EXPECTED` says what is. A private key is none."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or not isinstance(document.get("keys"), list):
        return None
    issuer, audience = document.get("issuer"), document.get("audience")
    keys = [_read_key(key) for key in document["keys"]]
    if not (_is_text(issuer) and _is_text(audience) and keys):
        return None
    known = tuple(key for key in keys if key is not None)
    return Issuer(issuer, audience, known) if len(known) == len(keys) else None


def _read_key(document: Any) -> Key | None:
    if not isinstance(document, dict) or "d" in document:
        return None
    name, kind = document.get("kid"), document.get("kty")
    if name is not None and not _is_text(name):
        return None
    try:
        if kind == "RSA":
            rsa_key = rsa.RSAPublicNumbers(_number(document["e"]), _number(document["n"])).public_key()
            return Key(name, "RS256", rsa_key) if rsa_key.key_size >= 2048 else None
        if kind == "EC" and document.get("crv") == "P-256":
            point = ec.EllipticCurvePublicNumbers(
                _number(document["x"]), _number(document["y"]), ec.SECP256R1()
            )
            return Key(name, "ES256", point.public_key())
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    return None


def is_issued(token: str, by: Issuer, rule: Mapping[str, Any], now: int) -> bool:
    """Whether the issuer signed this token for us and it counts now (milliseconds since the epoch).

    A token without an end never does: whoever sees it once could use it for good.
    """
    if not _COMPACT.fullmatch(token):
        return False
    signed, _dot, tail = token.rpartition(".")
    try:
        header, claims = (json.loads(_bytes(part)) for part in signed.split("."))
        signature = _bytes(tail)
    except (ValueError, RecursionError):
        return False
    if not isinstance(header, dict) or not isinstance(claims, dict) or "crit" in header:
        return False
    return _counts(claims, by, rule["tolerance_seconds"], now // 1000) and any(
        key.algorithm == header.get("alg")
        and key.algorithm in rule["algorithms"]
        and (key.id is None or "kid" not in header or key.id == header["kid"])
        and key.has_signed(signed.encode(), signature)
        for key in by.keys
    )


def _counts(claims: Mapping[str, Any], by: Issuer, tolerance: int, now: int) -> bool:
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != by.issuer or by.audience not in audiences:
        return False
    start, end = claims.get("nbf", 0), claims.get("exp")
    return _is_time(start) and _is_time(end) and start <= now + tolerance and now < end + tolerance


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _number(text: str) -> int:
    return int.from_bytes(_bytes(text), "big")


def _bytes(text: str) -> bytes:
    """Raises ValueError for what is no base64url without padding."""
    try:
        return base64.b64decode(text.translate({45: 43, 95: 47}) + "=" * (-len(text) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error
