"""Plans messages as the runtime does, without Odoo: the bridge of `plan.ts`.

Reads a JSON list of `{contract, event, payload, fetched, event_id}` (payload and fetched as JSON text, so that numbers
keep their digits) and writes a list of `{commands, ignored}`.
"""

import importlib
import json
import sys
import types
from pathlib import Path

ADDON = Path(__file__).resolve().parents[2] / "odoo_addon" / "millwright"


def main() -> None:
    package = types.ModuleType("millwright")
    package.__path__ = [str(ADDON)]
    sys.modules["millwright"] = package
    loads = importlib.import_module("millwright.tools.jsontext").loads
    plan = importlib.import_module("millwright.tools.mapping").plan
    answers = []
    for message in json.load(sys.stdin):
        payload, fetched = loads(message["payload"]), loads(message["fetched"])
        made = plan(message["contract"], message["event"], payload, fetched, message["event_id"])
        commands = [
            {
                "flow": command.flow,
                "kind": command.kind,
                "operation": command.operation,
                "key": command.key,
                "version": command.version,
                "occurred_at": command.occurred_at,
                "plant": [step[-1] for step in command.plant_steps],
                "columns": {name: str(value) for name, value in command.columns.items()},
                "fields": None if command.command is None else json.loads(command.text())["fields"],
                "hold": None if command.hold is None else command.hold.code,
            }
            for command in made.commands
        ]
        answers.append({"commands": commands, "ignored": [list(entry) for entry in made.ignored]})
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
