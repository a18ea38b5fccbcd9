"""The peer `orm_batches`: the same moves with the same fields, posted with nothing around them.

The best batch by hand: 200 at a time, moves created with their lines in state assigned and without a
reservation that would only be undone, one `_action_done` and one commit per batch, as the superuser. No
inbox, no mapping, no binding, no audit. Defines functions only; the bench calls `measure(env, options)` in
the Odoo shell.
"""

import time
from datetime import datetime

from odoo.addons.millwright.models.stock_posting import POSTING

BATCH = 200


def measure(env, options):
    facts = _read_facts(env, options)
    started = time.perf_counter()
    for start in range(0, len(options["events"]), BATCH):
        batch = options["events"][start : start + BATCH]
        moves = (
            env["stock.move"]
            .with_context(**{POSTING: True})
            .create([_move_values(facts, event) for event in batch])
        )
        moves._action_done()
        env.cr.commit()
    return {"seconds": time.perf_counter() - started}


def _read_facts(env, options):
    backend = env["millwright.backend"].search([("code", "=", options["backend"])])
    orders = env["millwright.atlas.work_order"].search([("backend_id", "=", backend.id)])
    return {
        "backend": backend,
        "plant": backend.plant_ids,
        "requests": {row.external_id: row.request_id for row in orders},
        "products": {part.external_id: part.product_id for part in backend.part_ids},
    }


def _move_values(facts, event):
    plant, product = facts["plant"], facts["products"][str(event["part"])]
    request = facts["requests"][str(event["work_order"])]
    shared = {
        "product_id": product.id,
        "location_id": plant.stock_location_id.id,
        "location_dest_id": plant.consumption_location_id.id,
        "company_id": plant.company_id.id,
        "picked": True,
    }
    line = {**shared, "product_uom_id": product.uom_id.id, "quantity": event["quantity"]}
    return {
        **shared,
        "product_uom": product.uom_id.id,
        "product_uom_qty": event["quantity"],
        "origin": request.name,
        "state": "assigned",
        "move_line_ids": [(0, 0, line)],
        "millwright_backend_id": facts["backend"].id,
        "millwright_operation_id": event["id"],
        "millwright_occurred_at": datetime.fromisoformat(event["occurred_at"]).replace(
            microsecond=0, tzinfo=None
        ),
        "millwright_request_id": request.id,
        "millwright_part_key": str(event["part"]),
    }
