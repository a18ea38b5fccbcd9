from decimal import Decimal

from odoo import api, models, tools

from ..tools.canonical import decimal_text


class MillwrightExporter(models.AbstractModel):
    """What a record of Odoo is as canonical fields: one heir per kind that can go out.

    An heir is named `millwright.exporter.<kind>` and declares its model and, for each canonical
    field (docs/architecture.md §4), the Odoo fields that it is made of.
    """

    _name = "millwright.exporter"
    _description = "Exporter of canonical fields"
    _millwright_kind = ""
    _millwright_model = ""
    _millwright_sources = {}
    _millwright_liveness = ()

    @api.model
    def _get_exporters(self, model):
        """The exporters whose records are of a model."""
        names = self.pool["millwright.exporter"]._inherit_children
        return [self.env[name] for name in sorted(names) if self.env[name]._millwright_model == model]

    @api.model
    @tools.ormcache("model")
    def _get_watched(self, model):
        """Odoo fields of a model whose change may go out."""
        watched = set()
        for exporter in self._get_exporters(model):
            watched.update(exporter._millwright_liveness, *exporter._millwright_sources.values())
        return frozenset(watched)

    @api.model
    def _get_lookup(self, records, backend):
        """What `_get_values` needs beside the record, read for all records at once: external ids by record."""
        return {}

    @api.model
    def _get_values(self, record, lookup):
        """Canonical fields of a record; None for what is empty.

        A reference is a dict as in commands. One that this backend does not know is a dict without
        `value`, whose `model` and `id` say what has to be bound first.
        """
        raise NotImplementedError

    @api.model
    def _is_alive(self, record):
        """False: it is archived here, which is a deletion on the other side."""
        return True

    @api.model
    def _get_place(self, record):
        """Where it stands: (a record whose plant counts or None, code of the place or None)."""
        return None, None

    # -- texts ----------------------------------------------------------------------------

    @api.model
    def _get_decimal(self, number):
        return decimal_text(Decimal(repr(number or 0)))

    @api.model
    def _get_plain(self, html):
        """The text of an HTML field, line by line; None when it is empty."""
        text = tools.html2plaintext(html or "", include_references=False)
        return "\n".join(line.rstrip() for line in text.splitlines()).strip() or None

    @api.model
    def _get_named(self, ref, record):
        return {"ref": ref, "by": "name", "value": record.name} if record else None

    @api.model
    def _get_bound(self, ref, record, lookup):
        if not record:
            return None
        external_id = lookup.get(record)
        if not external_id:
            return {"ref": ref, "model": record._name, "id": record.id}
        return {"ref": ref, "by": "external_id", "value": external_id}


class MillwrightExporterEquipment(models.AbstractModel):
    _name = "millwright.exporter.equipment"
    _inherit = "millwright.exporter"
    _description = "Exporter of equipment"
    _millwright_kind = "equipment"
    _millwright_model = "maintenance.equipment"
    _millwright_liveness = ("active",)
    _millwright_sources = {
        "name": ("name",),
        "serial_no": ("serial_no",),
        "model": ("model",),
        "note": ("note",),
        "location": ("millwright_location",),
        "category": ("category_id",),
        "cost": ("cost",),
        "effective_date": ("effective_date",),
        "warranty_date": ("warranty_date",),
    }

    @api.model
    def _get_values(self, record, lookup):
        return {
            "name": record.name,
            "serial_no": record.serial_no or None,
            "model": record.model or None,
            "note": self._get_plain(record.note),
            "location": record.millwright_location or None,
            "category": self._get_named("equipment_category", record.category_id),
            "cost": self._get_decimal(record.cost),
            "effective_date": record.effective_date.isoformat() if record.effective_date else None,
            "warranty_date": record.warranty_date.isoformat() if record.warranty_date else None,
        }

    @api.model
    def _is_alive(self, record):
        return record.active

    @api.model
    def _get_place(self, record):
        return None, record.millwright_location or None


class MillwrightExporterWorkOrder(models.AbstractModel):
    _name = "millwright.exporter.work_order"
    _inherit = "millwright.exporter"
    _description = "Exporter of work orders"
    _millwright_kind = "work_order"
    _millwright_model = "maintenance.request"
    _millwright_sources = {
        "name": ("name",),
        "status": ("stage_id", "kanban_state", "archive"),
        "type": ("maintenance_type",),
        "priority": ("priority",),
        "equipment": ("equipment_id",),
        "description": ("description",),
        "due_at": ("schedule_date",),
        "planned_hours": ("duration",),
        "team": ("maintenance_team_id",),
    }

    @api.model
    def _get_lookup(self, records, backend):
        equipment = records.equipment_id
        external_ids = backend._get_external_ids_of("equipment", equipment)
        return {record: external_ids[record.id] for record in equipment if record.id in external_ids}

    @api.model
    def _get_values(self, record, lookup):
        priorities = {"0": "none", "1": "low", "2": "medium", "3": "high"}
        due = record.schedule_date
        return {
            "name": record.name,
            "status": self._get_status(record),
            "type": record.maintenance_type or None,
            "priority": priorities.get(record.priority),
            "equipment": self._get_bound("equipment", record.equipment_id, lookup),
            "description": self._get_plain(record.description),
            "due_at": due.strftime("%Y-%m-%dT%H:%M:%S.000000Z") if due else None,
            "planned_hours": self._get_decimal(record.duration),
            "team": self._get_named("maintenance_team", record.maintenance_team_id),
        }

    @api.model
    def _get_status(self, record):
        if record.archive:
            return "cancelled"
        if record.stage_id.done:
            return "done"
        if record.kanban_state == "blocked":
            return "on_hold"
        # env.ref would ask the database for each record whether the stage is still there
        first = self.env["ir.model.data"]._xmlid_to_res_id("maintenance.stage_0", raise_if_not_found=True)
        return "open" if record.stage_id.id == first else "in_progress"

    @api.model
    def _get_place(self, record):
        return record.equipment_id or None, None
