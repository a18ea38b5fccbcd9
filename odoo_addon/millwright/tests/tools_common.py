"""Fixtures for the tests of the tools: an invented product, its contract and one message per event."""

import copy
import json
from pathlib import Path
from typing import Any

from ..tools.jsontext import loads
from ..tools.mapping import plan
from ..tools.plan import Command, Plan

FIXTURES = Path(__file__).parent / "fixtures"
EVENT_ID = "5f" * 32


def contract() -> dict[str, Any]:
    """A fresh copy of the contract, free to be changed."""
    return json.loads((FIXTURES / "contract" / "acme.json").read_text(encoding="utf-8"))


def message(event: str) -> dict[str, Any]:
    """A fresh copy of the sample message of an event."""
    return copy.deepcopy(loads((FIXTURES / "messages.json").read_text(encoding="utf-8"))[event])


def planned(event: str, payload: Any = None, document: Any = None) -> Plan:
    """Plan of a message, by default the sample under the sample contract."""
    body = message(event) if payload is None else payload
    return plan(contract() if document is None else document, event, body, {}, EVENT_ID)


def single(event: str, payload: Any = None, document: Any = None) -> Command:
    """The only command of a plan."""
    (command,) = planned(event, payload, document).commands
    return command
