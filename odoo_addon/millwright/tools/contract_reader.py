"""Reads a contract into typed form; unknown keys, types and literals are named, all at once."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from .contract import Contract, FieldMapping, Flow, Input, Lines, Moments, Net, PlantStep
from .errors import ContractError, excerpt
from .field_reader import FieldReader
from .kinds import KINDS, FieldType, Kind

VERSION: Final = 1
ROLES: Final = ("apply", "delete", "post", "check", "converge")
ORDERS: Final = ("time", "number", "text", "arrival")
OWN_TYPES: Final = ("text", "decimal", "enum", "date", "datetime")
ODOO_TYPES: Final = ("text", "integer", "decimal", "boolean", "date", "datetime", "selection")
MAX_DEPTH: Final = 3
LANES: Final = ("critical", "standard", "batch")

_TOP: Final = {"contract", "connector", "source", "events", "reads", "personal", "flows", "writes", "hash"}
_EVENT: Final = {"origin", "flows", "lane", "subject", "time", "identity", "schema", "fetch"}
_POLICIES: Final = {
    "system_of_record": ("cmms", "odoo"),
    "on_conflict": ("cmms", "odoo", "review"),
    "shortage": ("post", "hold"),
    "delete": ("archive", "cancel", "ignore", "hold"),
    "empty_match_key": ("skip", "hold"),
    "ambiguous_match": ("hold",),
    "on_dead": ("continue", "block"),
}
_FLOW: Final = {
    "title", "kind", "model", "lane", "delay_budget_seconds", "system_of_record", "on_conflict",
    "shortage",
    "delete", "match", "empty_match_key", "ambiguous_match", "plant", "columns", "inputs", "own_fields",
    "on_dead", "retention",
}  # fmt: skip
_RETENTION: Final = {"payload_seconds", "rows_seconds"}
_INPUT: Final = {
    "role", "on", "when", "otherwise", "record", "lines", "line_key", "key", "version",
    "occurred_at", "archive_when", "fields", "merge", "unlisted", "version_read", "occurred_at_read",
}  # fmt: skip


def compile_contract(document: Mapping[str, Any]) -> Contract:
    """Read ``events`` and ``flows`` of a contract document.

    Raises ContractError with every problem found: unknown keys, types, literals, paths, events,
    roles.
    """
    reader = ContractReader()
    contract = reader.contract(document)
    if reader.problems:
        raise ContractError(reader.problems)
    return contract


class ContractReader(FieldReader):
    """From the document to ``Contract``; problems are gathered, not raised."""

    def contract(self, value: Any) -> Contract:
        document = self.mapping(value, "contract", _TOP)
        if document.get("contract") != VERSION:
            self.note("contract", f"version {excerpt(document.get('contract'))}, expected {VERSION}")
        flows = {
            name: flow
            for name, item in self.mapping(document.get("flows"), "flows").items()
            if (flow := self._flow(name, item, f"flows.{name}"))
        }
        events = {
            name: self._event_flows(item, flows, f"events.{name}")
            for name, item in self.mapping(document.get("events"), "events").items()
        }
        self._check_events(events, flows)
        return Contract(events, flows)

    def _event_flows(self, value: Any, flows: Mapping[str, Flow], place: str) -> tuple[str, ...]:
        names = self.items(self.mapping(value, place, _EVENT).get("flows"), f"{place}.flows")
        return tuple(self.choice(name, f"{place}.flows", tuple(flows)) for name in names)

    def _check_events(self, events: Mapping[str, tuple[str, ...]], flows: Mapping[str, Flow]) -> None:
        for flow in flows.values():
            for item in flow.inputs:
                for event in sorted(item.on):
                    if flow.name not in events.get(event, ()):
                        self.note(f"{item.place}.on", f"events.{event}.flows does not name {flow.name!r}")

    def _flow(self, name: str, value: Any, place: str) -> Flow | None:
        document = self.mapping(value, place, _FLOW)
        kind = KINDS.get(str(document.get("kind")))
        if kind is None:
            self.note(
                f"{place}.kind",
                f"unknown kind {excerpt(document.get('kind'))}, expected {', '.join(KINDS)}",
            )
            return None
        kind = self._with_own_fields(kind, document.get("own_fields") or {}, place)
        for key, allowed in _POLICIES.items():
            if document.get(key) is not None:
                self.choice(document[key], f"{place}.{key}", allowed)
        self._retention(document.get("retention"), f"{place}.retention")
        columns = self.mapping(document.get("columns") or {}, f"{place}.columns")
        inputs = self.mapping(document.get("inputs"), f"{place}.inputs")
        return Flow(
            name=name,
            kind=kind,
            lane=self.choice(document.get("lane"), f"{place}.lane", LANES),
            delete=self._delete(document, kind, place),
            plant=tuple(
                self._plant(step, f"{place}.plant.{index}")
                for index, step in enumerate(self.items(document.get("plant"), f"{place}.plant"))
            ),
            columns=tuple(
                self.column(key, columns[key], f"{place}.columns.{key}") for key in sorted(columns)
            ),
            inputs=tuple(
                self._input(key, inputs[key], kind, f"{place}.inputs.{key}") for key in sorted(inputs)
            ),
        )

    def _retention(self, value: Any, place: str) -> None:
        """How long a flow's messages are kept; a contract without it means the defaults."""
        if value is None:
            return
        document = self.mapping(value, place, _RETENTION)
        for key in sorted(_RETENTION):
            seconds = document.get(key)
            if type(seconds) is not int or seconds < 1:
                self.note(f"{place}.{key}", f"{excerpt(seconds)}, expected a whole number of seconds above 0")
                return
        if document["payload_seconds"] > document["rows_seconds"]:
            self.note(place, "the payload is kept for longer than its row, expected the other way round")

    def _with_own_fields(self, kind: Kind, value: Any, place: str) -> Kind:
        """The kind with the fields that the spec names beside the canonical ones."""
        place = f"{place}.own_fields"
        own = {}
        for name, item in self.mapping(value, place).items():
            document = self.mapping(item, f"{place}.{name}", {"type", "values", "odoo", "odoo_type"})
            if name in kind.fields:
                self.note(f"{place}.{name}", f"kind {kind.name} has a field of this name")
            field_type = self.choice(document.get("type"), f"{place}.{name}.type", OWN_TYPES)
            self.choice(document.get("odoo_type"), f"{place}.{name}.odoo_type", ODOO_TYPES)
            values = self.items(document.get("values") or [], f"{place}.{name}.values")
            own[name] = FieldType(field_type, values=tuple(str(item) for item in values))
        return replace(kind, fields={**own, **kind.fields}) if own else kind

    def _delete(self, document: Mapping[str, Any], kind: Kind, place: str) -> str:
        action = str(document.get("delete") or "archive")
        values = kind.fields["status"].values if "status" in kind.fields else ()
        if action == "cancel" and "cancelled" not in values:
            self.note(f"{place}.delete", f"kind {kind.name} has no status cancelled")
        return action

    def _plant(self, value: Any, place: str) -> PlantStep:
        document = self.mapping(value, place, {"cross_reference", "from", "work_order", "only"})
        if set(document) == {"only"} and document["only"] is True:
            return PlantStep("only")
        if set(document) == {"work_order"}:
            return PlantStep("work_order", self.sources(document["work_order"], f"{place}.work_order"))
        if set(document) == {"cross_reference", "from"}:
            sources = self.sources(document["from"], f"{place}.from")
            return PlantStep("cross_reference", sources, str(document["cross_reference"]))
        self.note(place, "expected cross_reference with from, work_order, or only: true")
        return PlantStep("only")

    def _input(self, name: str, value: Any, kind: Kind, place: str) -> Input:
        document = self.mapping(value, place, _INPUT)
        role = self.choice(
            document.get("role"), f"{place}.role", [role for role in ROLES if role in kind.roles]
        )
        if not isinstance(document.get("merge", True), bool):
            self.note(f"{place}.merge", "expected true or false")
        lines = None
        if document.get("lines") is not None:
            lines = self._lines(document["lines"], f"{place}.lines", 1)
        result = Input(
            name=name,
            place=place,
            role=role,
            on=frozenset(str(event) for event in self.items(document.get("on"), f"{place}.on")),
            when=self.conditions(document.get("when"), f"{place}.when"),
            otherwise=self.choice(
                document.get("otherwise") or "hold", f"{place}.otherwise", ("hold", "ignore")
            ),
            record=self.paths(document.get("record"), f"{place}.record"),
            lines=lines,
            line_key=self.sources(document.get("line_key"), f"{place}.line_key"),
            key=self.sources(document.get("key"), f"{place}.key"),
            version=self.sources(document.get("version"), f"{place}.version"),
            occurred_at=self.sources(document.get("occurred_at"), f"{place}.occurred_at"),
            archive_when=self.conditions(document.get("archive_when"), f"{place}.archive_when"),
            fields=self._fields(document.get("fields") or {}, kind, role, place),
            moments=self._moments(document, place),
            unlisted=None
            if document.get("unlisted") is None
            else self.choice(document["unlisted"], f"{place}.unlisted", ("zero", "keep")),
        )
        self._check_input(result, kind)
        return result

    def _moments(self, document: Mapping[str, Any], place: str) -> Moments:
        keys = {"format", "time_zone"}
        version = self.mapping(document.get("version_read") or {}, f"{place}.version_read", keys | {"order"})
        occurred = self.mapping(document.get("occurred_at_read") or {}, f"{place}.occurred_at_read", keys)
        return Moments(
            self.choice(version.get("order", "time"), f"{place}.version_read.order", ORDERS),
            self.moment(version, self._zone(version, f"{place}.version_read"), f"{place}.version_read"),
            self.moment(
                occurred, self._zone(occurred, f"{place}.occurred_at_read"), f"{place}.occurred_at_read"
            ),
        )

    def _lines(self, value: Any, place: str, level: int) -> Lines:
        """A list of paths, or where a list stands with what is left of it and what stands in it."""
        if isinstance(value, list):
            return Lines(self.paths(value, place))
        keys = {"from", "zip", "where", "then"} | ({"net"} if level == 1 else set())
        document = self.mapping(value, place, keys)
        zipped = self.mapping(document.get("zip") or {}, f"{place}.zip")
        if bool(document.get("from")) == bool(zipped):
            self.note(place, "expected from, or zip")
        if level > MAX_DEPTH:
            self.note(place, f"expected at most {MAX_DEPTH} lists in each other")
            return Lines(())
        inner = document.get("then")
        return Lines(
            sources=self.paths(document.get("from"), f"{place}.from"),
            zipped=tuple((name, self.paths(zipped[name], f"{place}.zip.{name}")) for name in sorted(zipped)),
            where=self.conditions(document.get("where"), f"{place}.where"),
            then=None if inner is None else self._lines(inner, f"{place}.then", level + 1),
            net=None if document.get("net") is None else self._net(document["net"], f"{place}.net"),
        )

    def _net(self, value: Any, place: str) -> Net:
        document = self.mapping(value, place, {"by", "sum"})
        sums = self.paths([document.get("sum")], f"{place}.sum")
        if sums and (sums[0].scope != "line" or not sums[0].steps):
            self.note(f"{place}.sum", "expected a path of the line")
        return Net(self.sources(document.get("by"), f"{place}.by"), sums[0].steps if sums else ())

    def _fields(self, value: Any, kind: Kind, role: str, place: str) -> tuple[FieldMapping, ...]:
        document = self.mapping(value, f"{place}.fields", set(kind.fields))
        always = role in ("post", "check", "converge")
        return tuple(
            self.field(name, document[name], kind.fields[name], f"{place}.fields.{name}", always)
            for name in kind.fields
            if name in document
        )

    def _check_input(self, item: Input, kind: Kind) -> None:
        """What the role of an input demands of it."""
        if item.role in ("apply", "delete"):
            self._demand(bool(item.key), item.place, f"role {item.role} needs key")
            return
        mapped = {field.name for field in item.fields}
        for name in kind.required():
            self._demand(name in mapped, f"{item.place}.fields", f"role {item.role} needs {name!r}")
        if item.role == "post":
            keyed = item.lines is None or bool(item.line_key)
            self._demand(keyed, item.place, "lines need line_key: the place in a list is no identity")
            return
        self._demand(item.lines is not None, item.place, f"role {item.role} needs lines")
        quantities = [field for field in item.fields if field.type == "quantity"]
        if item.role == "converge":
            for field in quantities:
                self._demand(
                    field.zero != "ignore", field.place, "none is a statement of a snapshot: set or hold"
                )
            self._demand(item.unlisted is not None, item.place, "role converge needs unlisted")
        extra = mapped - set(kind.line_fields) - set(kind.required())
        self._demand(
            not extra, f"{item.place}.fields", f"role {item.role} cannot carry {', '.join(sorted(extra))}"
        )

    def _demand(self, condition: bool, place: str, message: str) -> None:
        if not condition:
            self.note(place, message)
