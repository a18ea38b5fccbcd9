"""The one interpreter of mappings: a message and a contract in, canonical commands out.

Closed: nothing in a contract is executed, and what the interpreter does not know is refused by
name.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from .assemble import Assembly, Ignored
from .contract import Contract, Flow, Input
from .contract_reader import compile_contract
from .errors import HoldError, excerpt
from .lines import MAX_LINES, unroll
from .paths import ABSENT, Scopes, first, holds
from .plan import Command, Plan
from .values import key_value

_RUNS_IN_ORDER: Final = ("upsert", "archive", "post", "converge", "check", "delete")

__all__ = ["MAX_LINES", "plan"]


def plan(
    contract: Mapping[str, Any] | Contract,
    event: str,
    payload: Any,
    fetched: Mapping[str, Any],
    event_id: str,
) -> Plan:
    """Commands of one message: upsert and archive, then post, check, delete.

    ``contract`` is the document, or what ``compile_contract`` made of it (worth it for a batch).
    ``payload`` and ``fetched`` come from ``jsontext.loads``. A value that does not fit holds its
    own command (``Command.hold``) and no other. Raises HoldError ``unknown_event`` and
    ContractError.
    """
    compiled = contract if isinstance(contract, Contract) else compile_contract(contract)
    flows = [compiled.flows[name] for name in _known(event, compiled)]
    commands: list[Command] = []
    ignored: list[tuple[str, str]] = []
    for flow in flows:
        for item in flow.inputs:
            if event in item.on:
                planner = _InputPlan(flow, item, {"event": payload, "fetched": fetched}, event_id)
                planner.run(commands, ignored)
    commands.sort(key=lambda command: _RUNS_IN_ORDER.index(command.operation))
    return Plan(tuple(_hold_twins(commands)), tuple(ignored))


class _InputPlan:
    """One input of one flow applied to one message."""

    def __init__(self, flow: Flow, item: Input, scopes: dict[str, Any], event_id: str):
        self.flow = flow
        self.input = item
        self.scopes = scopes | {"record": first(item.record, scopes)}
        self.event_id = event_id

    def run(self, commands: list[Command], ignored: list[tuple[str, str]]) -> None:
        if not holds(self.input.when, self.scopes):
            unmet = " and ".join(str(condition) for condition in self.input.when)
            if self.input.otherwise == "ignore":
                ignored.append((self.flow.name, f"condition_not_met: {self.input.name} needs {unmet}"))
                return
            commands.append(self._build(hold=self._error("condition_not_met", "another case", unmet)))
            return
        try:
            self._run_lines(commands, ignored)
        except HoldError as error:
            commands.append(self._build(hold=error))
        except Ignored as reason:
            ignored.append((self.flow.name, f"{reason.code}: {reason}"))

    def _run_lines(self, commands: list[Command], ignored: list[tuple[str, str]]) -> None:
        self._check_record()
        if self.input.lines is None:
            commands.append(self._build())
            return
        lines = unroll(self.input, self.scopes)
        if self.input.role in ("check", "converge"):
            commands.append(self._build(lines=lines))
            return
        if not lines:
            ignored.append((self.flow.name, "nothing_to_do: no lines"))
        for index, line in enumerate(lines):
            self._run_line(index, line, commands, ignored)

    def _run_line(
        self, index: int, scopes: Scopes, commands: list[Command], ignored: list[tuple[str, str]]
    ) -> None:
        assembly = Assembly(self.flow, self.input, scopes, self.event_id)
        name = "line_key" if self.input.role == "post" else "key"
        try:
            suffix = "#" + key_value(name, getattr(self.input, name), scopes, self.input.place)
        except HoldError as error:
            # Without identity it posts nothing; the number only tells its row from its siblings'.
            commands.append(replace(assembly.command(f"#?{index}", hold=error), key=""))
            return
        try:
            commands.append(assembly.command(suffix))
        except Ignored as reason:
            ignored.append((self.flow.name, f"{reason.code}: line {suffix[1:]}: {reason}"))

    def _build(self, lines: list[Scopes] | None = None, hold: HoldError | None = None) -> Command:
        assembly = Assembly(self.flow, self.input, self.scopes, self.event_id)
        return assembly.command(lines=lines, hold=hold)

    def _check_record(self) -> None:
        record = self.scopes["record"]
        if self.input.record and not isinstance(record, Mapping):
            code = "missing_record" if record is ABSENT or record is None else "wrong_type"
            raise self._error(code, "nothing" if record is ABSENT else excerpt(record), "a record", "record")

    def _error(self, code: str, found: str, expected: str, part: str = "when") -> HoldError:
        remedy = "read the record again, or correct the mapping in the spec"
        return HoldError(code, f"{self.input.place}.{part}", found, expected, remedy)


def _known(event: str, contract: Contract) -> tuple[str, ...]:
    """Names of the flows that an event feeds."""
    try:
        return contract.events[event]
    except KeyError:
        expected, remedy = "an event of the contract", "add the event to the spec"
        raise HoldError("unknown_event", "event", excerpt(event), expected, remedy) from None


def _hold_twins(commands: list[Command]) -> list[Command]:
    """Two lines with one identity cannot be told apart: all of them wait, each by its own number."""
    counts = Counter(_identity(command) for command in commands)
    held = []
    for index, command in enumerate(commands):
        is_twin = counts[_identity(command)] > 1 and bool(command.key)
        twin = _hold_twin(command) if is_twin else command
        is_record = is_twin and command.line and command.operation != "post"
        held.append(replace(twin, line=f"{command.line}?{index}") if is_record else twin)
    return held


def _identity(command: Command) -> tuple[str, ...]:
    """Postings of all flows share one space of keys; a line of records is its input's own."""
    if command.operation == "post":
        return ("post", command.key)
    return (command.flow, command.input, command.operation, command.line or command.key)


def _hold_twin(command: Command) -> Command:
    part = "line_key" if command.operation == "post" else "key"
    place = f"flows.{command.flow}.inputs.{command.input}.{part}"
    error = HoldError(
        "duplicate_line",
        place,
        f"{command.key} twice",
        "one identity per posting",
        f"choose another {part}",
    )
    return replace(command, command=None, hold=command.hold or error)
