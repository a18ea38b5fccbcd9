"""The subject: parts consumption from stored inbox rows to done moves, by the runner.

Storing is not measured: the clock runs from the first claim to the last commit. Defines functions
only; the bench calls `measure(env, options)` in the Odoo shell.
"""

import time


def measure(env, options):
    backend = env["millwright.backend"].search([("code", "=", options["backend"])])
    env["millwright.identity"].confirm("bench")  # as an administrator does who works on a copy
    inbox = env["millwright.inbox"]
    store(env, backend, [_cloud_event(backend, event) for event in options["events"]])  # noqa: F821, of bench/odoo/store.py
    env.cr.commit()
    started = time.perf_counter()
    inbox._cron_run()
    return {"seconds": time.perf_counter() - started}


def _cloud_event(backend, event):
    return {
        "specversion": "1.0",
        "id": event["id"],
        "source": f"/millwright/{backend.code}",
        "type": "atlas.PART_QUANTITY_CHANGED",
        "time": event["occurred_at"],
        "subject": f"work_order/{event['work_order']}",
        "dataschema": f"urn:millwright:atlas:{backend.contract_id.version}:{backend.contract_id.hash}",
        "lane": "standard",
        "data": {
            "event": "PART_QUANTITY_CHANGED",
            "payload": _body(event),
            "fetched": {},
            "received_at": event["occurred_at"],
        },
    }


def _body(event):
    return {
        "workOrderTitle": f"Conveyor {event['work_order']}: inspection",
        "previousQuantity": 1000.0,
        "partName": f"Part {event['part']}",
        "newQuantity": 1000.0 - event["quantity"],
        "changedAmount": float(-event["quantity"]),
        "companyId": 7,
        "changedPart": None,
        "partId": event["part"],
        "workOrderId": event["work_order"],
        "occurredAt": event["occurred_at"],
    }
