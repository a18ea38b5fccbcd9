"""Builds one command out of one input: every part is tried, the first that fails holds it."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from .contract import FieldMapping, Flow, Input, PlantStep
from .errors import HoldError
from .paths import Scopes, holds
from .plan import Command
from .values import (
    Outcome,
    column_value,
    field_value,
    instant_value,
    key_value,
    optional_key,
    version_value,
)

Value = TypeVar("Value")

_OPERATIONS = {
    "apply": "upsert",
    "delete": "delete",
    "post": "post",
    "check": "check",
    "converge": "converge",
}
_SNAPSHOTS = ("check", "converge")


class Ignored(Exception):
    """The line says nothing that is to be done; the text is the reason."""

    def __init__(self, reason: str, code: str = "nothing_to_do"):
        super().__init__(reason)
        self.code = code


class Assembly:
    """Collects the parts of one command. ``lines`` are the scopes of what a snapshot lists."""

    def __init__(self, flow: Flow, item: Input, scopes: Scopes, event_id: str):
        self.flow = flow
        self.input = item
        self.scopes = scopes
        self.event_id = event_id
        self.hold: HoldError | None = None

    def command(
        self, line: str = "", lines: list[Scopes] | None = None, hold: HoldError | None = None
    ) -> Command:
        """The finished command. Raises Ignored for a movement of nothing, or a deletion of no effect."""
        self.hold = hold
        operation, is_cancelled = self._operation()
        fields = self._fields(lines)
        if is_cancelled:
            fields["status"] = "cancelled"
        key = self._key(operation, line, _ids(fields))
        version = self._part(self._version)
        occurred_at = self._part(self._occurred_at)
        columns = self._columns()
        plant = self._part(self._plant)
        return Command(
            flow=self.flow.name,
            input=self.input.name,
            kind=self.flow.kind.name,
            lane=self.flow.lane,
            operation=operation,
            line=line,
            command=None if self.hold else self._document(operation, key, version, occurred_at, fields),
            key=key,
            **self._order(key, fields),
            barrier=self._barrier(operation, fields),
            version=version,
            occurred_at=occurred_at,
            plant_steps=plant or (),
            columns=columns,
            hold=self.hold,
        )

    def _operation(self) -> tuple[str, bool]:
        """The operation, and whether a deletion is carried out by setting the status cancelled."""
        operation = _OPERATIONS[self.input.role]
        if self.input.archive_when and holds(self.input.archive_when, self.scopes):
            operation = "archive"
        if operation not in ("archive", "delete"):
            return operation, False
        if self.flow.delete == "hold":
            expected, remedy = (
                "a person's decision",
                "carry the deletion out, or say in the spec what it does",
            )
            self.hold = self.hold or HoldError(
                "deletion_held", f"flows.{self.flow.name}.delete", "a deletion", expected, remedy
            )
        if self.flow.delete == "ignore" and self.hold is None:
            raise Ignored("the spec leaves here what was deleted there", "deletion_ignored")
        is_cancelled = self.flow.delete == "cancel"
        return ("upsert" if is_cancelled else operation), is_cancelled

    def _part(self, read: Callable[..., Value], *given: Any) -> Value | None:
        """The part that is read of what is given, or None after noting the first hold."""
        try:
            return read(*given)
        except HoldError as error:
            self.hold = self.hold or error
            return None

    def _fields(self, lines: list[Scopes] | None) -> dict[str, Any]:
        header = self.input.fields
        if self.input.role not in _SNAPSHOTS:
            return self._values(header, self.scopes)
        inside = self.flow.kind.line_fields
        fields = self._values([item for item in header if item.name not in inside], self.scopes)
        mapped = [item for item in header if item.name in inside]
        checked = [self._check_line(mapped, index, line) for index, line in enumerate(lines or [])]
        fields["lines"] = [values for values in checked if values is not None]
        if self.input.role == "converge":
            self._part(self._check_distinct, fields["lines"])
            fields["unlisted"] = self.input.unlisted
        return fields

    def _check_distinct(self, lines: list[dict[str, Any]]) -> None:
        """A snapshot names each part once: which of two totals is meant is not guessed."""
        keys = [(_ids(line).get("part"), line.get("unit"), line.get("lot")) for line in lines]
        twice = next((key[0] for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            expected, remedy = "each part once in a snapshot", "add the lines up with net"
            place = f"{self.input.place}.lines"
            raise HoldError("duplicate_line", place, f"part {twice} twice", expected, remedy)

    def _check_line(self, mapped: list[FieldMapping], index: int, line: Scopes) -> dict[str, Any] | None:
        """Values of one line of a check, None when it says nothing; a hold tells which line it is."""
        before = self.hold
        try:
            return self._values(mapped, line)
        except Ignored:
            return None
        finally:
            if self.hold is not None and before is None:
                self.hold = self.hold.within(f"line {index}")

    def _values(self, mappings: Any, scopes: Scopes) -> dict[str, Any]:
        values = {}
        for mapping in mappings:
            value = self._part(field_value, mapping, scopes)
            if value is Outcome.IGNORE and self.hold is None:
                raise Ignored(f"{mapping.name} is zero")
            if not isinstance(value, Outcome):
                values[mapping.name] = value
        return values

    def _key(self, operation: str, line: str, ids: Mapping[str, str]) -> str:
        if operation == "post":
            return f"{self.event_id}{line}"
        if operation in _SNAPSHOTS:
            return _fill(self.flow.kind.snapshot_keys[operation], ids)
        item = self.input
        return self._part(key_value, "key", item.key, self.scopes, item.place) or ""

    def _order(self, key: str, fields: Mapping[str, Any]) -> dict[str, str]:
        kind, role = self.flow.kind, self.input.role
        keys = _ids(fields) | ({"key": key} if key else {})
        return {
            "ordering_key": _fill(kind.ordering[role], keys),
            "group_key": _fill(kind.group, keys),
            "shard_key": _fill(kind.shard.get(role, kind.ordering[role]), keys),
        }

    def _version(self) -> str | None:
        item = self.input
        moments = item.moments
        return version_value(item.version, self.scopes, item.place, moments.order, moments.version)

    def _occurred_at(self) -> str | None:
        item = self.input
        moment = item.moments.occurred_at
        return instant_value("occurred_at", item.occurred_at, self.scopes, item.place, moment)

    def _columns(self) -> dict[str, Any]:
        read = {item.name: self._part(column_value, item, self.scopes) for item in self.flow.columns}
        return {name: value for name, value in read.items() if value is not Outcome.KEEP}

    def _plant(self) -> tuple[tuple[str, ...], ...]:
        """The candidates that say something, in order; one that cannot be read is not skipped."""
        steps = [self._plant_step(step) for step in self.flow.plant]
        return tuple(step for step in steps if step)

    def _plant_step(self, step: PlantStep) -> tuple[str, ...]:
        if step.step == "only":
            return ("only",)
        text = optional_key("plant", step.sources, self.scopes, f"flows.{self.flow.name}")
        if text is None:
            return ()
        return (step.step, step.table, text) if step.table else (step.step, text)

    def _barrier(self, operation: str, fields: Mapping[str, Any]) -> bool:
        kind = self.flow.kind
        by_value = any(fields.get(name) in values for name, values in kind.barrier_values.items())
        return by_value or operation in kind.barrier_operations

    def _document(
        self,
        operation: str,
        key: str,
        version: str | None,
        occurred_at: str | None,
        fields: dict[str, Any],
    ) -> dict[str, Any]:
        document = {
            "kind": self.flow.kind.name,
            "flow": self.flow.name,
            "input": self.input.name,
            "operation": operation,
            "key": key,
            "version": version,
            "occurred_at": occurred_at,
            "fields": fields,
        }
        if operation == "converge":
            return document | {"operation_id": self.event_id}
        return document | ({"operation_id": key} if operation == "post" else {})


def _ids(fields: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: item["value"] for name, item in fields.items() if isinstance(item, dict) and "value" in item
    }


def _fill(template: str, keys: Mapping[str, str]) -> str:
    """The template with its keys, or "" when one is not known."""
    try:
        return template.format_map(keys)
    except KeyError:
        return ""
