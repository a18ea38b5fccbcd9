"""Reads field mappings and columns of a contract."""

from collections.abc import Mapping
from typing import Any, Final

from .clean import Filter, parse_filter
from .contract import FieldMapping
from .convert import CONVERTERS, Unfit
from .errors import excerpt
from .kinds import FieldType
from .value_reader import SIDES, ValueReader

POLICIES: Final = ("keep", "clear", "hold", "default", "set")
COLUMN_TYPES: Final = ("text", "integer", "decimal", "boolean", "date", "datetime")
BY: Final = ("external_id", "name")
MISSING: Final = ("hold", "create", "default", "skip")

_COMMON: Final = {
    "type", "from", "value", "required", "absent", "null", "empty", "default", "look_up",
    "system_of_record", "on_conflict",
}  # fmt: skip
_MOMENT: Final = {"time_zone", "format", "time", "zero"}
_BY_TYPE: Final[Mapping[str, set[str]]] = {
    "text": {"clean", "zero"},
    "date": _MOMENT,
    "datetime": _MOMENT,
    "decimal": {"zero", "unit", "currency", "number", "sum", "between"},
    "quantity": {"zero", "sign", "number", "level"},
    "enum": {
        "map",
        "else",
        "else_value",
        "present",
        "otherwise",
        "values",
        "clean",
        "fold",
        "tokens",
        "zero",
    },
    "ref": {"by", "missing", "name", "ref", "clean", "zero"},
    "unit": {"assume", "aliases", "else", "clean"},
}
_COLUMN_KEYS: Final = {"from", "type", "title", "time_zone", "format", "clean"}


class FieldReader(ValueReader):
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
            sources=self.sources(document.get("from"), f"{place}.from"),
            constant=document.get("value"),
            has_constant="value" in document,
            required=required,
            values=kind.values,
            ref=kind.ref,
            assume=self._assume(document, place),
            zone=self._zone(document, place),
            clean=self._clean(document, place),
            default=self._default(document, kind, place),
            look_up=self.look_up(document.get("look_up"), f"{place}.look_up"),
            system_of_record=self.choice(
                document.get("system_of_record", "cmms"), f"{place}.system_of_record", SIDES
            ),
            on_conflict=self.choice(
                document.get("on_conflict", "cmms"), f"{place}.on_conflict", (*SIDES, "review")
            ),
            **self.sign(document.get("sign"), kind.type, f"{place}.sign"),
            **self.reading(document, kind.type, self._zone(document, place), place),
            **self._aliases(document, kind.type, place),
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
            sources=self.sources(document.get("from"), f"{place}.from"),
            null="clear",
            empty="clear",
            zone=self._zone(document, place),
            clean=self._clean(document, place),
            moment=self.moment(document, self._zone(document, place), place)
            if document.get("type") in ("date", "datetime")
            else None,
        )

    def _policies(self, document: Mapping[str, Any], kind: str, required: bool, place: str) -> dict[str, str]:
        missing = "hold" if required else "keep"
        absent = self._policy(document, "absent", missing, place, POLICIES[:4])
        null = self._policy(document, "null", missing, place, POLICIES[:4])
        texts = POLICIES if kind == "text" else POLICIES[:4]
        empty = self._policy(document, "empty", null, place, texts)
        zeros = (*POLICIES, "ignore") if kind == "quantity" else POLICIES
        zero = self._policy(document, "zero", "ignore" if kind == "quantity" else "set", place, zeros)
        if not ({"from", "value", "assume", "sum", "between", "level"} & set(document)):
            self.note(place, "expected one of from, value, assume, sum, between, level")
        if "default" in (absent, null, empty, zero) and document.get("default") is None:
            self.note(place, "expected a default")
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
        tokens = document.get("tokens")
        if tokens is not None and sorted(map(str, self.items(tokens, f"{place}.tokens"))) != sorted(table):
            self.note(f"{place}.tokens", "expected the keys of map, in the order in which they are tried")
        fold = document.get("fold", False) is True
        if fold and len({key.casefold() for key in table}) < len(table):
            self.note(f"{place}.map", "two keys differ by their case only")
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
            "table": ({key.casefold(): item for key, item in table.items()} if fold else table) or None,
            "fold": fold,
            "tokens": None
            if tokens is None
            else tuple(str(token).casefold() if fold else str(token) for token in tokens),
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
            "display": self.sources(document.get("name"), f"{place}.name"),
        }

    def _clean(self, document: Mapping[str, Any], place: str) -> tuple[Filter, ...]:
        found = []
        for item in self.items(document.get("clean", []), f"{place}.clean"):
            try:
                found.append(parse_filter(item))
            except ValueError as error:
                self.note(f"{place}.clean", str(error))
        return tuple(found)

    def _default(self, document: Mapping[str, Any], kind: FieldType, place: str) -> Any:
        """The value for what is not there, in the plain spelling of its type."""
        value = document.get("default")
        if value is None:
            return None
        if kind.type == "enum":
            return self.choice(value, f"{place}.default", kind.values)
        if kind.type in ("quantity", "ref"):
            self.note(f"{place}.default", "neither a quantity nor a reference is ever invented")
            return None
        try:
            CONVERTERS[kind.type](value, self._zone(document, place))
        except Unfit as error:
            self.note(f"{place}.default", f"found {excerpt(value)}, expected {error.expected}")
        return value

    def _aliases(self, document: Mapping[str, Any], kind: str, place: str) -> dict[str, Any]:
        if kind != "unit":
            return {}
        table = self.mapping(document.get("aliases") or {}, f"{place}.aliases")
        other = self.choice(document.get("else", "as_is"), f"{place}.else", ("hold", "as_is"))
        return {"aliases": table or None, "is_alias_needed": other == "hold"}

    def _assume(self, document: Mapping[str, Any], place: str) -> bool:
        return "assume" in document and bool(self.choice(document["assume"], f"{place}.assume", ("product",)))
