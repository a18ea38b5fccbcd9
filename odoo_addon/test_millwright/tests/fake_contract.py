"""The contract of the fake connector, as a generator would have written it."""

from odoo.addons.millwright.tools.canonical import contract_hash


def _event(flow, subject):
    return {
        "origin": "callback",
        "flows": [flow] if isinstance(flow, str) else flow,
        "lane": "standard",
        "subject": [subject],
        "time": ["event.at"],
        "identity": ["event.id", "event.at"],
        "schema": {"type": "object"},
        "fetch": [],
    }


def _input(role, event, **more):
    return {
        "role": role,
        "on": [event],
        "when": [],
        "otherwise": "ignore",
        "record": ["event"],
        "lines": None,
        "key": ["event.id"] if role in ("apply", "delete") else [],
        "version": ["event.at"],
        "occurred_at": ["event.at"],
        "archive_when": [],
        "fields": {},
        **more,
    }


def _flow(kind, model, inputs, **more):
    return {
        "title": model,
        "kind": kind,
        "model": model,
        "lane": "standard",
        "delay_budget_seconds": 300,
        "system_of_record": "cmms",
        "shortage": None,
        "delete": None,
        "match": [],
        "empty_match_key": None,
        "ambiguous_match": None,
        "plant": [
            {"cross_reference": "plant", "from": ["event.site"]},
            {"work_order": ["event.order"]},
            {"only": True},
        ],
        "columns": {},
        "inputs": inputs,
        **more,
    }


def _text(source, **more):
    policy = {"absent": "keep", "null": "clear", "empty": "clear"}
    return {"type": "text", "from": [source], "required": False, **policy, **more}


def _ref(source, **more):
    return {
        "type": "ref",
        "from": [source],
        "required": True,
        "by": "external_id",
        "missing": "hold",
        "absent": "hold",
        "null": "hold",
        **more,
    }


def _name():
    return {"type": "text", "from": ["event.name"], "required": True, "absent": "hold", "null": "hold"}


def _quantity(source):
    return {
        "type": "quantity",
        "from": [source],
        "required": True,
        "sign": "positive_is_out",
        "absent": "hold",
        "null": "hold",
        "zero": "ignore",
    }


def _status():
    return {
        "type": "enum",
        "from": ["event.status"],
        "required": True,
        "map": {"new": "open", "doing": "in_progress", "closed": "done"},
        "else": "hold",
        "absent": "hold",
        "null": "hold",
    }


def fake_writes(**flows):
    """The `writes` of a contract, as far as Odoo reads it: which fields of which flow go out.

    :param flows: canonical fields by flow
    """
    return {
        "token": None,
        "flows": {
            flow: {
                "values": {name: {"field": name, "value": None} for name in names},
                "create": [{"as": "made"}],
                "update": [{"as": "saved"}],
                "delete": [{"as": "removed"}],
            }
            for flow, names in flows.items()
        },
    }


def fake_contract(version="1.0.0"):
    """A contract with the flows asset, work_order and consumption over `millwright.fake.*`."""
    part_fields = {
        "work_order": _ref("event.order"),
        "part": _ref("event.part"),
        "quantity": _quantity("event.quantity"),
        "unit": {"type": "unit", "assume": "product"},
    }
    line_fields = {
        **part_fields,
        "part": _ref("line.part"),
        "quantity": _quantity("line.quantity"),
    }
    optional_ref = _ref("event.asset", required=False, absent="keep", null="clear")
    document = {
        "contract": 1,
        "connector": {"code": "fake", "title": "Fake", "version": version, "odoo": "19.0"},
        "source": {},
        "events": {
            "ASSET": _event("asset", "equipment/{event.id}"),
            "ORDER": _event(["work_order", "consumption"], "work_order/{event.id}"),
            "ORDER_DELETED": _event("work_order", "work_order/{event.id}"),
            "USED": _event("consumption", "work_order/{event.order}"),
        },
        "reads": {},
        "personal": {},
        "flows": {
            "asset": _flow(
                "equipment",
                "millwright.fake.asset",
                {
                    "event": _input(
                        "apply", "ASSET", fields={"name": _name(), "serial_no": _text("event.serial")}
                    )
                },
                match=[["serial_no"]],
                empty_match_key="skip",
                ambiguous_match="hold",
                delete="archive",
            ),
            "work_order": _flow(
                "work_order",
                "millwright.fake.work_order",
                {
                    "event": _input(
                        "apply",
                        "ORDER",
                        fields={"name": _name(), "status": _status(), "equipment": optional_ref},
                    ),
                    "deleted": _input("delete", "ORDER_DELETED"),
                },
                delete="archive",
            ),
            "consumption": _flow(
                "parts_consumption",
                "millwright.fake.consumption",
                {
                    "movement": _input("post", "USED", fields=part_fields),
                    "total": _input(
                        "check",
                        "ORDER",
                        when=[{"path": "event.status", "equals": "closed"}],
                        lines=["event.lines"],
                        fields={**line_fields, "work_order": _ref("event.id")},
                    ),
                },
                shortage="post",
            ),
        },
    }
    document["hash"] = contract_hash(document)
    return document


def snapshot_contract(unlisted, version="1.1.0"):
    """The fake contract of work orders that bring the whole of what they have used, and of no movements.

    :param unlisted: what a part means that the whole does not name
    """
    document = fake_contract(version)
    inputs = document["flows"]["consumption"]["inputs"]
    del inputs["movement"]
    document["events"]["USED"]["flows"] = []
    snapshot = inputs.pop("total")
    snapshot["fields"]["quantity"]["zero"] = "set"
    inputs["snapshot"] = {**snapshot, "role": "converge", "unlisted": unlisted, "when": []}
    document.pop("hash")
    document["hash"] = contract_hash(document)
    return document
