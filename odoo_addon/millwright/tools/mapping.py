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
from .paths import ABSENT, Scopes, first, holds
from .plan import Command, Plan
from .values import key_value

MAX_LINES: Final = 1000
_RUNS_IN_ORDER: Final = ("upsert", "archive", "post", "check", "delete")


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
            ignored.append((self.flow.name, f"nothing_to_do: {reason}"))

    def _run_lines(self, commands: list[Command], ignored: list[tuple[str, str]]) -> None:
        self._check_record()
        if self.input.lines is None:
            commands.append(self._build())
            return
        lines = self._lines()
        if self.input.role == "check":
            commands.append(self._build(lines=lines))
            return
        if not lines:
            ignored.append((self.flow.name, "nothing_to_do: no lines"))
        for index, line in enumerate(lines):
            self._run_line(index, {**self.scopes, "line": line}, commands, ignored)

    def _run_line(
        self, index: int, scopes: Scopes, commands: list[Command], ignored: list[tuple[str, str]]
    ) -> None:
        assembly = Assembly(self.flow, self.input, scopes, self.event_id)
        try:
            suffix = "#" + key_value("line_key", self.input.line_key, scopes, self.input.place)
        except HoldError as error:
            # Without identity it posts nothing; the number only tells its row from its siblings'.
            commands.append(replace(assembly.command(f"#?{index}", hold=error), key=""))
            return
        try:
            commands.append(assembly.command(suffix))
        except Ignored as reason:
            ignored.append((self.flow.name, f"nothing_to_do: line {suffix[1:]}: {reason}"))

    def _build(self, lines: list[Any] | None = None, hold: HoldError | None = None) -> Command:
        assembly = Assembly(self.flow, self.input, self.scopes, self.event_id)
        return assembly.command(lines=lines, hold=hold)

    def _check_record(self) -> None:
        record = self.scopes["record"]
        if self.input.record and not isinstance(record, Mapping):
            code = "missing_record" if record is ABSENT or record is None else "wrong_type"
            raise self._error(code, "nothing" if record is ABSENT else excerpt(record), "a record", "record")

    def _lines(self) -> list[Any]:
        lines = first(self.input.lines or (), self.scopes)
        if not isinstance(lines, list):
            code = "missing_lines" if lines is ABSENT or lines is None else "wrong_type"
            raise self._error(
                code, "nothing" if lines is ABSENT else excerpt(lines), "a list of lines", "lines"
            )
        if len(lines) > MAX_LINES:
            raise self._error("too_many_lines", excerpt(lines), f"at most {MAX_LINES} lines", "lines")
        return lines

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
    """Two postings with one operation id cannot be told apart: all of them wait."""
    counts = Counter(command.key for command in commands if command.operation == "post" and command.key)
    return [_hold_twin(command) if counts[command.key] > 1 else command for command in commands]


def _hold_twin(command: Command) -> Command:
    place = f"flows.{command.flow}.inputs.{command.input}.line_key"
    error = HoldError(
        "duplicate_line",
        place,
        f"{command.key} twice",
        "one identity per posting",
        "choose another line_key",
    )
    return replace(command, command=None, hold=command.hold or error)
