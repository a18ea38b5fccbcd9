"""The executable part of a contract in typed form."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from .kinds import Kind
from .paths import Condition, Path


@dataclass(frozen=True)
class FieldMapping:
    """How one value is read. ``type`` is a field type; ``values`` and ``ref`` come from the
    registry of kinds.

    Policies: ``absent``, ``null``, ``empty``, ``zero``. ``has_constant`` tells a constant null from
    none.
    """

    name: str
    type: str
    place: str
    sources: tuple[Path, ...] = ()
    constant: Any = None
    has_constant: bool = False
    required: bool = False
    absent: str = "keep"
    null: str = "keep"
    empty: str = "keep"
    zero: str = "set"
    values: tuple[str, ...] = ()
    ref: str | None = None
    table: Mapping[str, str] | None = None
    else_value: str | None = None
    by_presence: tuple[str, str] | None = None
    by: str | None = None
    missing: str | None = None
    display: tuple[Path, ...] = ()
    sign: int = 1
    assume: bool = False
    zone: tzinfo | None = None


@dataclass(frozen=True)
class PlantStep:
    """One candidate for the plant: ``cross_reference`` (with the table's name), ``work_order`` or
    ``only``.
    """

    step: str
    sources: tuple[Path, ...] = ()
    table: str = ""


@dataclass(frozen=True)
class Input:
    """One way in which a flow is fed."""

    name: str
    place: str
    role: str
    on: frozenset[str]
    when: tuple[Condition, ...]
    otherwise: str
    record: tuple[Path, ...]
    lines: tuple[Path, ...] | None
    line_key: tuple[Path, ...]
    key: tuple[Path, ...]
    version: tuple[Path, ...]
    occurred_at: tuple[Path, ...]
    archive_when: tuple[Condition, ...]
    fields: tuple[FieldMapping, ...]


@dataclass(frozen=True)
class Flow:
    """One flow: its kind, where the plant is found, its columns and inputs."""

    name: str
    kind: Kind
    lane: str
    plant: tuple[PlantStep, ...]
    columns: tuple[FieldMapping, ...]
    inputs: tuple[Input, ...]


@dataclass(frozen=True)
class Contract:
    """Flows by name, and for each event the flows it feeds, in order."""

    events: Mapping[str, tuple[str, ...]]
    flows: Mapping[str, Flow]
