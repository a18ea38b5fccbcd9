from odoo import fields, models

# What a generated connector has: one integration model per flow. No product is played here.


class MillwrightFakeAsset(models.Model):
    _name = "millwright.fake.asset"
    _inherit = ["millwright.integration.mixin"]
    _description = "Fake connector: assets"
    _millwright_connector = "fake"
    _millwright_flow = "asset"
    _millwright_record = "equipment_id"

    equipment_id = fields.Many2one(
        "maintenance.equipment", readonly=True, index="btree_not_null", ondelete="set null"
    )

    _external_id_uniq = models.Constraint("UNIQUE (backend_id, external_id)", "One row per record.")
    _record_uniq = models.UniqueIndex("(backend_id, equipment_id) WHERE equipment_id IS NOT NULL")


class MillwrightFakeWorkOrder(models.Model):
    _name = "millwright.fake.work_order"
    _inherit = ["millwright.integration.mixin"]
    _description = "Fake connector: work orders"
    _millwright_connector = "fake"
    _millwright_flow = "work_order"
    _millwright_record = "request_id"

    request_id = fields.Many2one(
        "maintenance.request", readonly=True, index="btree_not_null", ondelete="set null"
    )

    _external_id_uniq = models.Constraint("UNIQUE (backend_id, external_id)", "One row per record.")
    _record_uniq = models.UniqueIndex("(backend_id, request_id) WHERE request_id IS NOT NULL")


class MillwrightFakeConsumption(models.Model):
    _name = "millwright.fake.consumption"
    _inherit = ["millwright.integration.mixin"]
    _description = "Fake connector: parts consumption"
    _millwright_connector = "fake"
    _millwright_flow = "consumption"
    _millwright_record = "move_id"

    move_id = fields.Many2one("stock.move", readonly=True, index="btree_not_null", ondelete="set null")

    _external_id_uniq = models.Constraint("UNIQUE (backend_id, external_id)", "One row per record.")
    _record_uniq = models.UniqueIndex("(backend_id, move_id) WHERE move_id IS NOT NULL")
