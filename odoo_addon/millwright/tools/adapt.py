"""Contracts under new names: what a release renamed, retyped or took away, in the contracts of before.

A contract is known by its hash and never changes; what it *means* does not change here either. Only the
names of what it writes to in this database do. Each function changes a document in place and does nothing
to one that knows the new name already.
"""

from typing import Any

ZONED = ("date", "datetime")


def rename_flow(document: dict[str, Any], flow: str, to: str, model: str) -> None:
    """Let a flow have another name and write to another model."""
    flows = document["flows"]
    if flow not in flows:
        return
    document["flows"] = {to if name == flow else name: item for name, item in flows.items()}
    document["flows"][to]["model"] = model
    for event in document["events"].values():
        event["flows"] = [to if name == flow else name for name in event["flows"]]
    written = _written(document)
    if flow in written:
        written[to] = written.pop(flow)


def drop_flow(document: dict[str, Any], flow: str) -> None:
    """Let nothing be made of a flow any more, here or there; its events stay known."""
    document["flows"].pop(flow, None)
    _written(document).pop(flow, None)
    for event in document["events"].values():
        event["flows"] = [name for name in event["flows"] if name != flow]


def rename_column(document: dict[str, Any], flow: str, column: str, to: str) -> None:
    columns = _columns(document, flow)
    if column in columns:
        columns[to] = columns.pop(column)


def retype_column(document: dict[str, Any], flow: str, column: str, to: str) -> None:
    mapping = _columns(document, flow).get(column)
    if not mapping or mapping["type"] == to:
        return
    mapping["type"] = to
    if to in ZONED:
        mapping.setdefault("time_zone", "UTC")
    else:
        mapping.pop("time_zone", None)


def drop_column(document: dict[str, Any], flow: str, column: str) -> None:
    _columns(document, flow).pop(column, None)


def rename_own_field(document: dict[str, Any], flow: str, field: str, to: str) -> None:
    """Let what a command says of a field be written to the one that it is called now."""
    for own in _own_fields(document, flow).values():
        if own["odoo"] == field:
            own["odoo"] = to


def drop_own_field(document: dict[str, Any], flow: str, field: str) -> None:
    """Let nothing be said of a field any more."""
    own = _own_fields(document, flow)
    for name in [name for name, item in own.items() if item["odoo"] == field]:
        del own[name]
        for mapped in document["flows"][flow]["inputs"].values():
            mapped.get("fields", {}).pop(name, None)


def _written(document: dict[str, Any]) -> dict[str, Any]:
    return (document.get("writes") or {}).get("flows", {})


def _own_fields(document: dict[str, Any], flow: str) -> dict[str, Any]:
    return document["flows"].get(flow, {}).get("own_fields", {})


def _columns(document: dict[str, Any], flow: str) -> dict[str, Any]:
    return document["flows"].get(flow, {}).get("columns", {})
