"""What goes out of a record: who may change a field, and what differs from what the other side has."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .canonical import canonical, instant_text, parse_instant


def comparable(value: Any) -> Any:
    """A canonical value as it is compared: a reference is its value, an instant ends at its second."""
    if isinstance(value, Mapping):
        value = value.get("value")
        return " ".join(value.split()).casefold() if isinstance(value, str) else value
    if not isinstance(value, str):
        return value
    text = "\n".join(line.rstrip() for line in value.splitlines()).strip()
    if len(text) == 27 and text.endswith("Z") and text[19] == ".":
        return text[:19] + ".000000Z"
    return text or None


def is_empty(value: Any) -> bool:
    """Whether a value says nothing: what was never said is the same."""
    return comparable(value) in (None, "", "0")


def equals(one: Any, other: Any) -> bool:
    """Whether two canonical values mean the same."""
    if type(one) is type(other) and one == other:
        return True
    return comparable(one) == comparable(other) or (is_empty(one) and is_empty(other))


def merge_known(known: Mapping[str, Any], fields: Mapping[str, Any]) -> str:
    """Canonical text of what is known after ``fields`` were sent or received."""
    return canonical({**known, **fields})


def version_text(text: str | None) -> str | None:
    """A version in the spelling of commands where it is an instant; as it is otherwise."""
    if not text:
        return None
    try:
        return instant_text(parse_instant(text))
    except ValueError:
        return text


@dataclass(frozen=True)
class Policy:
    """Whose value of a field counts, and whether the other side's attempt needs a person."""

    side: str
    review: bool


class Policies(dict[str, Policy]):
    """The policies of a flow's fields by name; a field that no input maps has that of its flow."""

    def __init__(self, flow: Mapping[str, Any]):
        super().__init__()
        self._flow = flow

    def __missing__(self, name: str) -> Policy:
        side, conflict = self._flow.get("system_of_record") or "cmms", self._flow.get("on_conflict")
        for item in self._flow["inputs"].values():
            mapping = (item.get("fields") or {}).get(name)
            if mapping:
                side = mapping.get("system_of_record") or side
                conflict = mapping.get("on_conflict") or conflict
                break
        policy = self[name] = Policy(side, conflict == "review")
        return policy


def outgoing_fields(contract: Mapping[str, Any], flow: str) -> frozenset[str] | None:
    """Canonical fields of a flow that go out; None when it does not go out at all."""
    writes = ((contract.get("writes") or {}).get("flows") or {}).get(flow)
    if not writes:
        return None
    values = (writes.get("values") or {}).values()
    return frozenset(value["field"] for value in values if value.get("field"))


def is_written(contract: Mapping[str, Any], flow: str, operation: str) -> bool:
    """Whether the contract says how an operation is written."""
    return bool(contract["writes"]["flows"][flow].get(operation))
