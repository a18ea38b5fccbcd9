"""What a message becomes: canonical commands, each with its keys, and what was left out with the
reason.
"""

from dataclasses import dataclass, field
from typing import Any

from .canonical import canonical
from .errors import HoldError


@dataclass(frozen=True)
class Command:
    """One command of a plan.

    ``command`` is the canonical command as plain data, None when ``hold`` says why there is none.
    The keys of a held command are filled as far as they are known (else ``""``), so that it still
    counts in its group. ``line`` is ``""`` or ``"#<line key>"``. ``plant_steps`` are the candidates
    that resolved, in order: ``("cross_reference", table, code)``, ``("work_order", external id)``,
    ``("only",)``; after the last: hold. ``columns`` are typed values for the integration row
    (absent ones left out, datetimes naive in UTC).
    """

    flow: str
    input: str
    kind: str
    lane: str
    operation: str
    line: str = ""
    command: dict[str, Any] | None = None
    key: str = ""
    ordering_key: str = ""
    group_key: str = ""
    shard_key: str = ""
    barrier: bool = False
    version: str | None = None
    occurred_at: str | None = None
    plant_steps: tuple[tuple[str, ...], ...] = ()
    columns: dict[str, Any] = field(default_factory=dict)
    hold: HoldError | None = None

    def suffix(self) -> str:
        """``<flow>.<input>[#line]``: what a child row's event id has behind ``<event id>/``."""
        return f"{self.flow}.{self.input}{self.line}"

    def text(self) -> str:
        """Canonical text of the command; ``""`` when it is held."""
        return canonical(self.command) if self.command is not None else ""


@dataclass(frozen=True)
class Plan:
    """All commands of one message, in the order in which they may run, and (flow, reason) of what
    was left out.
    """

    commands: tuple[Command, ...]
    ignored: tuple[tuple[str, str], ...]
