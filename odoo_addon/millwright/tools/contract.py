"""The executable part of a contract in typed form."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from .clean import Filter
from .derive import LookUp, SignBy
from .kinds import Kind
from .paths import Condition, Path, Scopes, Source
from .readers import Moment


@dataclass(frozen=True)
class FieldMapping:
    """How one value is read. ``type`` is a field type; ``values`` and ``ref`` come from the
    registry of kinds.

    Policies: ``absent``, ``null``, ``empty``, ``zero``. ``has_constant`` tells a constant null from
    none. ``derive`` makes the value of several paths, ``read`` turns a raw value into the typed one;
    ``clock`` is where the time of day stands when it has a field of its own.
    """

    name: str
    type: str
    place: str
    sources: tuple[Source, ...] = ()
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
    default: Any = None
    clean: tuple[Filter, ...] = ()
    look_up: LookUp | None = None
    derive: Callable[[Scopes], Any] | None = None
    read: Callable[[Any], Any] | None = None
    moment: Moment | None = None
    clock: tuple[Source, ...] = ()
    fold: bool = False
    tokens: tuple[str, ...] | None = None
    aliases: Mapping[str, str] | None = None
    is_alias_needed: bool = True
    sign_by: SignBy | None = None
    only_currency: tuple[tuple[Source, ...], str] | None = None
    system_of_record: str = "cmms"
    on_conflict: str = "cmms"


@dataclass(frozen=True)
class Moments:
    """How the version and the business time of an input are written."""

    order: str = "time"
    version: Moment = Moment()
    occurred_at: Moment = Moment()


@dataclass(frozen=True)
class Net:
    """Lines with the same ``by`` become one, with the sum of what stands at the steps."""

    by: tuple[Source, ...]
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Lines:
    """Where a list stands, or the lists that are zipped to one, and what is left of it.

    ``then`` is the list inside each element. ``net`` is of the outermost alone.
    """

    sources: tuple[Path, ...]
    zipped: tuple[tuple[str, tuple[Path, ...]], ...] = ()
    where: tuple[Condition, ...] = ()
    then: "Lines | None" = None
    net: Net | None = None


@dataclass(frozen=True)
class PlantStep:
    """One candidate for the plant: ``cross_reference`` (with the table's name), ``work_order`` or
    ``only``.
    """

    step: str
    sources: tuple[Source, ...] = ()
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
    lines: Lines | None
    line_key: tuple[Source, ...]
    key: tuple[Source, ...]
    version: tuple[Source, ...]
    occurred_at: tuple[Source, ...]
    archive_when: tuple[Condition, ...]
    fields: tuple[FieldMapping, ...]
    moments: Moments = Moments()
    unlisted: str | None = None


@dataclass(frozen=True)
class Flow:
    """One flow: its kind, where the plant is found, its columns and inputs."""

    name: str
    kind: Kind
    lane: str
    delete: str
    plant: tuple[PlantStep, ...]
    columns: tuple[FieldMapping, ...]
    inputs: tuple[Input, ...]


@dataclass(frozen=True)
class Contract:
    """Flows by name, and for each event the flows it feeds, in order."""

    events: Mapping[str, tuple[str, ...]]
    flows: Mapping[str, Flow]
