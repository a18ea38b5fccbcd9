"""Which snapshots are not worth carrying out, because a newer one of the same record waits too."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

COALESCED = {"upsert", "converge"}
"""Operations that say how something is; all others say what happened and are never left out."""


@dataclass(frozen=True)
class Queued:
    """An open command of a group, in the order of its id.

    ``identity`` is what two snapshots of one record have in common (flow, plant, contract, …).
    ``command`` is None for what may neither be left out nor stand for another: it is only passed by.
    """

    id: int
    operation: str
    barrier: bool
    identity: tuple[Any, ...]
    version: str | None
    command: Mapping[str, Any] | None


def coalesced(queue: Sequence[Queued], present: Collection[tuple[str, str]]) -> dict[int, int]:
    """Ids of the commands to leave out, each with the id of the one that stands for it.

    :param queue: open commands of one group, in order
    :param present: (kind, external id) of references that are known to be there
    """
    found: dict[int, int] = {}
    for place in range(len(queue) - 1, -1, -1):
        newer = _stand_in(queue, place, found, present)
        if newer is not None:
            found[queue[place].id] = newer
    return found


def references(command: Mapping[str, Any]) -> set[tuple[str, str, str]]:
    """(kind, by, value) of what a command is held for as long as it is not there."""
    fields = command.get("fields") or {}
    items = [*fields.values(), *(value for line in _lines(command) for value in line.values())]
    return {
        (item["ref"], item["by"], item["value"])
        for item in items
        if isinstance(item, Mapping) and "ref" in item and item.get("missing") == "hold"
    }


def _stand_in(
    queue: Sequence[Queued], place: int, found: Mapping[int, int], present: Collection[tuple[str, str]]
) -> int | None:
    """The newest command behind a place that says all it says, with nothing between that must see it."""
    older, newest = queue[place], None
    if not _is_snapshot(older) or (older.barrier and older.operation != "converge"):
        return None
    for row in queue[place + 1 :]:
        if row.id in found:
            continue
        if _stands_for(row, older, present):
            newest = row.id
        if _must_see(row, older):
            break
    return newest


def _is_snapshot(row: Queued) -> bool:
    return row.command is not None and row.operation in COALESCED


def _must_see(row: Queued, older: Queued) -> bool:
    """Whether a row builds on the older one: an event or a barrier, or another word on the same record.

    A snapshot of the order beside that of its parts does not.
    """
    return not _is_snapshot(row) or row.barrier


def _stands_for(row: Queued, older: Queued, present: Collection[tuple[str, str]]) -> bool:
    if not _is_snapshot(row) or row.identity != older.identity or row.operation != older.operation:
        return False
    if not _is_newer(row.version, older.version) or row.command is None:
        return False
    if older.command is None or not _covers(row.command, older.command):
        return False
    # What may be held for a reference must not take the place of what could go on.
    more = references(row.command) - references(older.command)
    return all(by == "external_id" and (kind, value) in present for kind, by, value in more)


def _is_newer(version: str | None, other: str | None) -> bool:
    """Whether what came later is not older; without versions the order of arrival says so."""
    if version is None or other is None:
        return version is other
    return version >= other


def _covers(newer: Mapping[str, Any], older: Mapping[str, Any]) -> bool:
    """Whether the newer command sets all that the older one sets: an absent field keeps its value."""
    before, after = older.get("fields") or {}, newer.get("fields") or {}
    if not set(before) <= set(after):
        return False
    if after.get("unlisted") == "zero":
        return True
    return {_line_key(line) for line in _lines(older)} <= {_line_key(line) for line in _lines(newer)}


def _lines(command: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return (command.get("fields") or {}).get("lines") or []


def _line_key(line: Mapping[str, Any]) -> tuple[str, str | None]:
    return line["part"]["value"], line.get("lot")
