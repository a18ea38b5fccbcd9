from odoo import api, models


class BenchJob(models.AbstractModel):
    """What is delayed, one job per item. All that can be known before is worked out when it is queued."""

    _name = "bench.job"
    _description = "Jobs of the bench"

    @api.model
    def enqueue(self, method, items):
        """Queue a job for each item; they are stored by the commit of this call.

        Without a limit of retries: what meets a conflict comes back until it is done.
        """
        facts = self._read_facts()
        for item in items:
            values = getattr(self, f"_prepare_{method}")(facts, item)
            getattr(self.with_delay(max_retries=0), method)(values)
        return len(items)

    # -- jobs -----------------------------------------------------------------------------

    def do_nothing(self, _values):
        return None

    def post_transfer(self, values):
        """A transfer with its move, validated: as a person does it, and the peer odoo-await."""
        if self.env["stock.picking"].create(values).button_validate() is not True:
            raise ValueError("A transfer was not validated.")

    def post_move(self, values):
        """The shortest way: a move alone, with its line, in the state from which it can be done."""
        self.env["stock.move"].create(values)._action_done()

    # -- their values ---------------------------------------------------------------------

    def _read_facts(self):
        plant = self.env["millwright.plant"].search([], limit=1)
        return {
            "picking_type_id": plant.warehouse_id.int_type_id.id,
            "places": {
                "location_id": plant.stock_location_id.id,
                "location_dest_id": plant.consumption_location_id.id,
            },
            "company_id": plant.company_id.id,
            "products": {
                product.default_code: product
                for product in self.env["product.product"].search([("default_code", "like", "BENCH-")])
            },
        }

    def _prepare_do_nothing(self, _facts, item):
        return item

    def _prepare_post_transfer(self, facts, event):
        move = {
            **facts["places"],
            "product_id": facts["products"][f"BENCH-{event['part']}"].id,
            "product_uom_qty": event["quantity"],
            "quantity": event["quantity"],
            "picked": True,
        }
        return {
            **facts["places"],
            "picking_type_id": facts["picking_type_id"],
            "origin": f"Conveyor {event['work_order']}: inspection",
            "move_ids": [(0, 0, move)],
        }

    def _prepare_post_move(self, facts, event):
        product = facts["products"][f"BENCH-{event['part']}"]
        shared = {
            **facts["places"],
            "product_id": product.id,
            "company_id": facts["company_id"],
            "picked": True,
        }
        line = {**shared, "product_uom_id": product.uom_id.id, "quantity": event["quantity"]}
        return {
            **shared,
            "product_uom": product.uom_id.id,
            "product_uom_qty": event["quantity"],
            "origin": f"Conveyor {event['work_order']}: inspection",
            "state": "assigned",
            "move_line_ids": [(0, 0, line)],
        }
