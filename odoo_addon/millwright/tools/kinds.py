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
    stand in the lines of a snapshot (check, converge); ``snapshot_keys`` are their keys, per role.
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
    snapshot_keys: Mapping[str, str] = field(default_factory=dict)

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
    roles=("post", "check", "converge"),
    fields={
        "work_order": FieldType("ref", required=True, ref="work_order"),
        "part": FieldType("ref", required=True, ref="part"),
        "quantity": FieldType("quantity", required=True),
        "unit": FieldType("unit"),
        "lot": FieldType("text"),
        "price": FieldType("decimal"),
        "currency": FieldType("text"),
        "tax": FieldType("enum", values=("included", "excluded")),
    },
    ordering={
        "post": "work_order/{work_order}/{part}",
        "check": "work_order/{work_order}/check",
        "converge": "work_order/{work_order}/converge",
    },
    group="work_order/{work_order}",
    shard={"post": "product/{part}"},
    barrier_operations=frozenset({"check", "converge"}),
    line_fields=("part", "quantity", "unit", "lot", "price", "currency", "tax"),
    snapshot_keys={"check": "{work_order}/check", "converge": "{work_order}/converge"},
)

_TEXT = FieldType("text")
_DECIMAL = FieldType("decimal")
_MOMENT = FieldType("datetime")
_TAX = FieldType("enum", values=("included", "excluded"))
"""Amounts come with their currency and tax beside them: neither is guessed."""
_MONEY = {"currency": _TEXT, "tax": _TAX}


def _record_kind(name: str, fields: Mapping[str, FieldType]) -> Kind:
    """A kind of records, one row each, ordered by its key alone."""
    key = f"{name}/{{key}}"
    return Kind(name, ("apply", "delete"), fields, {"apply": key, "delete": key}, key)


def _posted_kind(name: str, to: str, fields: Mapping[str, FieldType]) -> Kind:
    """A kind of movements, in order per what they are posted to."""
    key = f"{to}/{{{to}}}"
    return Kind(name, ("post",), fields, {"post": f"{key}/{name}"}, key)


def _row_kind(name: str, to: str, fields: Mapping[str, FieldType]) -> Kind:
    """A kind of what is told as rows that are told again, each known by its key, or as movements."""
    key, own = f"{to}/{{{to}}}", f"{name}/{{key}}"
    ordering = {"apply": own, "delete": own, "post": f"{key}/{name}"}
    return Kind(name, ("apply", "delete", "post"), fields, ordering, key)


_OTHERS = (
    Kind(
        name="downtime",
        roles=("apply", "delete", "post"),
        fields={
            "equipment": FieldType("ref", required=True, ref="equipment"),
            "state": FieldType("enum", values=("down", "up")),
            "started_at": _MOMENT,
            "ended_at": _MOMENT,
            "hours": _DECIMAL,
            "planned": FieldType("enum", values=("planned", "unplanned")),
            "reason": _TEXT,
            "work_order": FieldType("ref", ref="work_order"),
        },
        ordering={
            "apply": "downtime/{key}",
            "delete": "downtime/{key}",
            "post": "equipment/{equipment}/downtime",
        },
        group="equipment/{equipment}",
    ),
    _posted_kind(
        "meter_reading",
        "meter",
        {
            "meter": FieldType("ref", required=True, ref="meter"),
            "equipment": FieldType("ref", ref="equipment"),
            "work_order": FieldType("ref", ref="work_order"),
            "value": _DECIMAL,
            "word": _TEXT,
            "unit": FieldType("unit"),
            "read_at": _MOMENT,
        },
    ),
    _record_kind(
        "purchase_request",
        {
            "order": FieldType("text", required=True),
            "line": _TEXT,
            "our_order": _TEXT,
            "type": FieldType("enum", required=True, values=("part", "service")),
            "status": FieldType(
                "enum",
                values=("requested", "approved", "ordered", "partial", "received", "declined", "cancelled"),
            ),
            "part": FieldType("ref", ref="part"),
            "description": _TEXT,
            "supplier": FieldType("ref", ref="supplier"),
            "work_order": FieldType("ref", ref="work_order"),
            "ordered": _DECIMAL,
            "received": _DECIMAL,
            "unit": FieldType("unit"),
            "price": _DECIMAL,
            **_MONEY,
            "due_at": _MOMENT,
        },
    ),
    _row_kind(
        "service",
        "work_order",
        {
            "work_order": FieldType("ref", required=True, ref="work_order"),
            "type": FieldType("enum", values=("labour", "external")),
            "hours": _DECIMAL,
            "started_at": _MOMENT,
            "ended_at": _MOMENT,
            "technician": _TEXT,
            "supplier": FieldType("ref", ref="supplier"),
            "description": _TEXT,
            "amount": _DECIMAL,
            **_MONEY,
        },
    ),
    _row_kind(
        "cost",
        "work_order",
        {
            "work_order": FieldType("ref", required=True, ref="work_order"),
            "amount": FieldType("decimal", required=True),
            "currency": FieldType("text", required=True),
            "tax": FieldType("enum", required=True, values=("included", "excluded")),
            "category": _TEXT,
            "description": _TEXT,
        },
    ),
    _record_kind(
        "supplier",
        {
            "name": FieldType("text", required=True),
            "code": _TEXT,
            "tax_id": _TEXT,
            "email": _TEXT,
            "phone": _TEXT,
            "website": _TEXT,
            "note": _TEXT,
        },
    ),
    _record_kind(
        "product",
        {
            "name": FieldType("text", required=True),
            "code": _TEXT,
            "barcode": _TEXT,
            "category": FieldType("ref", ref="product_category"),
            "supplier": FieldType("ref", ref="supplier"),
            "unit": FieldType("unit"),
            "description": _TEXT,
            "price": _DECIMAL,
            **_MONEY,
        },
    ),
    _record_kind(
        "stock_level",
        {
            "part": FieldType("ref", required=True, ref="part"),
            "location": FieldType("ref", ref="location"),
            "on_hand": FieldType("decimal", required=True),
            "reserved": _DECIMAL,
            "unit": FieldType("unit"),
            "lot": _TEXT,
            "counted_at": _MOMENT,
        },
    ),
    _record_kind(
        "record",
        {
            "name": FieldType("text", required=True),
            "type": _TEXT,
            "code": _TEXT,
            "status": _TEXT,
            "parent": FieldType("ref", ref="record"),
            "note": _TEXT,
        },
    ),
)

KINDS: Final[Mapping[str, Kind]] = {
    kind.name: kind for kind in (_EQUIPMENT, _WORK_ORDER, _PARTS_CONSUMPTION, *_OTHERS)
}


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
