"""Reads field mappings and columns of a contract."""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any, Final

from .canonical import time_zone
from .contract import FieldMapping
from .errors import excerpt
from .kinds import FieldType
from .problems import Problems

POLICIES: Final = ("keep", "clear", "hold", "set")
COLUMN_TYPES: Final = ("text", "integer", "decimal", "boolean", "date", "datetime")
SIGNS: Final = {"positive_is_out": 1, "negative_is_out": -1}
BY: Final = ("external_id", "name")
MISSING: Final = ("hold", "create", "default", "skip")

_COMMON: Final = {"type", "from", "value", "required", "absent", "null", "empty"}
_BY_TYPE: Final[Mapping[str, set[str]]] = {
    "text": set(),
    "date": {"time_zone"},
    "datetime": {"time_zone"},
    "decimal": {"zero", "unit", "currency"},
    "quantity": {"zero", "sign"},
    "enum": {"map", "else", "else_value", "present", "otherwise", "values"},
    "ref": {"by", "missing", "name", "ref"},
    "unit": {"assume"},
}
_COLUMN_KEYS: Final = {"from", "type", "title", "time_zone"}


class FieldReader(Problems):
    """Field mappings against the types of a kind."""

    def field(self, name: str, value: Any, kind: FieldType, place: str, always: bool) -> FieldMapping:
        """One field mapping; ``always``: the kind requires it in every command of this role."""
        document = self.mapping(value, place, _COMMON | _BY_TYPE[kind.type])
        document = {key: item for key, item in document.items() if item is not None or key == "value"}
        if document.get("type", kind.type) != kind.type:
            self.note(place, f"type {excerpt(document['type'])}, expected {kind.type!r}")
        required = document.get("required", False) is True or (always and kind.required)
        return FieldMapping(
            name=name,
            type=kind.type,
            place=place,
            sources=self.paths(document.get("from"), f"{place}.from"),
            constant=document.get("value"),
            has_constant="value" in document,
            required=required,
            values=kind.values,
            ref=kind.ref,
            assume=self._assume(document, place),
            sign=self._sign(document, kind.type, place),
            zone=self._zone(document, place),
            **self._policies(document, kind.type, required, place),
            **self._enum(document, kind, place),
            **self._ref(document, kind.type, place),
        )

    def column(self, name: str, value: Any, place: str) -> FieldMapping:
        """One typed column of the integration row."""
        document = self.mapping(value, place, _COLUMN_KEYS)
        return FieldMapping(
            name=name,
            type=self.choice(document.get("type"), f"{place}.type", COLUMN_TYPES),
            place=place,
            sources=self.paths(document.get("from"), f"{place}.from"),
            null="clear",
            empty="clear",
            zone=self._zone(document, place),
        )

    def _policies(self, document: Mapping[str, Any], kind: str, required: bool, place: str) -> dict[str, str]:
        missing = "hold" if required else "keep"
        absent = self._policy(document, "absent", missing, place, POLICIES[:3])
        null = self._policy(document, "null", missing, place, POLICIES[:3])
        texts = POLICIES if kind == "text" else POLICIES[:3]
        empty = self._policy(document, "empty", null, place, texts)
        zeros = (*POLICIES, "ignore") if kind == "quantity" else POLICIES
        zero = self._policy(document, "zero", "ignore" if kind == "quantity" else "set", place, zeros)
        if not ({"from", "value", "assume"} & set(document)):
            self.note(place, "expected one of from, value, assume")
        return {"absent": absent, "null": null, "empty": empty, "zero": zero}

    def _policy(
        self,
        document: Mapping[str, Any],
        key: str,
        default: str,
        place: str,
        allowed: tuple[str, ...],
    ) -> str:
        return self.choice(document.get(key, default), f"{place}.{key}", allowed)

    def _enum(self, document: Mapping[str, Any], kind: FieldType, place: str) -> dict[str, Any]:
        if kind.type != "enum":
            return {}
        if "value" in document:
            self.choice(document["value"], f"{place}.value", kind.values)
        table = self.mapping(document.get("map") or {}, f"{place}.map")
        for key, literal in table.items():
            self.choice(literal, f"{place}.map.{key}", kind.values)
        else_value = document.get("else_value")
        if else_value is not None:
            self.choice(else_value, f"{place}.else_value", kind.values)
        elif document.get("else", "hold") != "hold":
            self.note(
                f"{place}.else",
                f"found {excerpt(document['else'])}, expected 'hold' or an else_value",
            )
        return {
            "table": table or None,
            "else_value": else_value,
            "by_presence": self._presence(document, kind, place),
        }

    def _presence(self, document: Mapping[str, Any], kind: FieldType, place: str) -> tuple[str, str] | None:
        if "present" not in document and "otherwise" not in document:
            return None
        present = self.choice(document.get("present"), f"{place}.present", kind.values)
        return present, self.choice(document.get("otherwise"), f"{place}.otherwise", kind.values)

    def _ref(self, document: Mapping[str, Any], kind: str, place: str) -> dict[str, Any]:
        if kind != "ref":
            return {}
        return {
            "by": self.choice(document.get("by", "external_id"), f"{place}.by", BY),
            "missing": self.choice(document.get("missing", "hold"), f"{place}.missing", MISSING),
            "display": self.paths(document.get("name"), f"{place}.name"),
        }

    def _sign(self, document: Mapping[str, Any], kind: str, place: str) -> int:
        if kind == "quantity":
            return SIGNS[self.choice(document.get("sign"), f"{place}.sign", tuple(SIGNS))]
        for key, only in (("unit", "hours"), ("currency", "company")):
            if key in document:
                self.choice(document[key], f"{place}.{key}", (only,))
        return 1

    def _assume(self, document: Mapping[str, Any], place: str) -> bool:
        return "assume" in document and bool(self.choice(document["assume"], f"{place}.assume", ("product",)))

    def _zone(self, document: Mapping[str, Any], place: str) -> tzinfo | None:
        name = document.get("time_zone")
        if name is None:
            return None
        try:
            return time_zone(name)
        except ValueError as error:
            self.note(f"{place}.time_zone", str(error))
            return None
