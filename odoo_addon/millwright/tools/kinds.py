"""Registry of the kinds of canonical commands: fields, types and the rules of order, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final


@dataclass(frozen=True)
class FieldType:
    """Type of one field of a command; ``values`` of an enum, ``ref`` names the target of a ref."""

    type: str
    required: bool = False
    values: tuple[str, ...] = ()
    ref: str | None = None


@dataclass(frozen=True)
class Kind:
    """One kind of command.

    ``ordering`` (per role), ``group`` and ``shard`` (per role, default: the ordering key) are
    templates over ``{key}`` and the external ids of the ref fields. A command is a barrier when its
    operation is in ``barrier_operations`` or a field has one of ``barrier_values``. ``line_fields``
    stand in the lines of a check.
    """

    name: str
    roles: tuple[str, ...]
    fields: Mapping[str, FieldType]
    ordering: Mapping[str, str]
    group: str
    shard: Mapping[str, str] = field(default_factory=dict)
    barrier_operations: frozenset[str] = frozenset()
    barrier_values: Mapping[str, frozenset[str]] = field(default_factory=dict)
    line_fields: tuple[str, ...] = ()
    check_key: str | None = None

    def required(self) -> tuple[str, ...]:
        """Fields without which no record is created."""
        return tuple(name for name, kind in self.fields.items() if kind.required)


_EQUIPMENT = Kind(
    name="equipment",
    roles=("apply", "delete"),
    fields={
        "name": FieldType("text", required=True),
        "serial_no": FieldType("text"),
        "model": FieldType("text"),
        "note": FieldType("text"),
        "location": FieldType("text"),
        "category": FieldType("ref", ref="equipment_category"),
        "cost": FieldType("decimal"),
        "effective_date": FieldType("date"),
        "warranty_date": FieldType("date"),
    },
    ordering={"apply": "equipment/{key}", "delete": "equipment/{key}"},
    group="equipment/{key}",
)

_WORK_ORDER = Kind(
    name="work_order",
    roles=("apply", "delete"),
    fields={
        "name": FieldType("text", required=True),
        "status": FieldType(
            "enum", required=True, values=("open", "in_progress", "on_hold", "done", "cancelled")
        ),
        "type": FieldType("enum", values=("corrective", "preventive")),
        "priority": FieldType("enum", values=("none", "low", "medium", "high")),
        "equipment": FieldType("ref", ref="equipment"),
        "description": FieldType("text"),
        "due_at": FieldType("datetime"),
        "requested_at": FieldType("datetime"),
        "completed_at": FieldType("datetime"),
        "planned_hours": FieldType("decimal"),
        "team": FieldType("ref", ref="maintenance_team"),
    },
    ordering={"apply": "work_order/{key}", "delete": "work_order/{key}"},
    group="work_order/{key}",
    barrier_operations=frozenset({"archive", "delete"}),
    barrier_values={"status": frozenset({"done", "cancelled"})},
)

_PARTS_CONSUMPTION = Kind(
    name="parts_consumption",
    roles=("post", "check"),
    fields={
        "work_order": FieldType("ref", required=True, ref="work_order"),
        "part": FieldType("ref", required=True, ref="part"),
        "quantity": FieldType("quantity", required=True),
        "unit": FieldType("unit"),
        "lot": FieldType("text"),
    },
    ordering={"post": "work_order/{work_order}/{part}", "check": "work_order/{work_order}/check"},
    group="work_order/{work_order}",
    shard={"post": "product/{part}"},
    barrier_operations=frozenset({"check"}),
    line_fields=("part", "quantity", "unit", "lot"),
    check_key="{work_order}/check",
)

KINDS: Final[Mapping[str, Kind]] = {kind.name: kind for kind in (_EQUIPMENT, _WORK_ORDER, _PARTS_CONSUMPTION)}


def as_document() -> dict[str, Any]:
    """The registry in the shape of the contract fixture ``kinds.json``."""
    return {
        kind.name: {
            "roles": list(kind.roles),
            "fields": {name: _field_document(item) for name, item in kind.fields.items()},
        }
        for kind in KINDS.values()
    }


def _field_document(item: FieldType) -> dict[str, Any]:
    document: dict[str, Any] = {"type": item.type, "required": item.required}
    if item.values:
        document["values"] = list(item.values)
    if item.ref:
        document["ref"] = item.ref
    return document
