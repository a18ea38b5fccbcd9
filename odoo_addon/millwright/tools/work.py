"""What passes between the runner and the handlers of canonical commands."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Work:
    """One command that a handler has to carry out.

    :param inbox_id: id of the `millwright.inbox` row, for traces
    :param command: the canonical command (docs/architecture.md §4), without the fields that are Odoo's to decide
    :param given: all fields of the command
    :param flow: the flow's part of the contract (match, shortage, delete …)
    :param backend: `millwright.backend` record, in the technical user's environment
    :param plant: `millwright.plant` record, in the technical user's environment
    :param integration: row of the flow's integration model: the binding (None for a check)
    :param event_id: id of the event, unique per backend
    """

    inbox_id: int
    command: dict
    given: dict
    flow: dict
    backend: Any
    plant: Any
    integration: Any
    event_id: str


def without_odoo_fields(command: dict[str, Any], flow: dict[str, Any]) -> dict[str, Any]:
    """The command for a record that exists: without the fields whose system of record is Odoo."""
    mapped = flow["inputs"][command["input"]].get("fields", {})
    kept = {
        name: value
        for name, value in command["fields"].items()
        if mapped.get(name, {}).get("system_of_record") != "odoo"
    }
    return {**command, "fields": kept}


@dataclass(frozen=True)
class Outcome:
    """What became of one command.

    `state` is `done`, `ignored` or `held`. A held command names the reference it waits
    for as (`wait_kind`, `wait_key`), or leaves them empty when a person has to decide.
    """

    state: str
    code: str = ""
    message: str = ""
    wait_kind: str = ""
    wait_key: str = ""
    record: Any = None
    detail: dict = field(default_factory=dict)

    @classmethod
    def done(cls, record=None, code="", **detail):
        """The effect is there; `record` is the document it made or changed."""
        return cls("done", code=code, record=record, detail=detail)

    @classmethod
    def ignored(cls, code, message):
        return cls("ignored", code=code, message=message)

    @classmethod
    def held(cls, code, message, wait_kind="", wait_key=""):
        return cls("held", code=code, message=message, wait_kind=wait_kind, wait_key=wait_key)
