from odoo import fields, models

PLAIN_FIELDS = {
    "name": "name",
    "serial_no": "serial_no",
    "model": "model",
    "location": "millwright_location",
}


class MillwrightHandlerEquipment(models.AbstractModel):
    """What an asset of the CMMS is as a `maintenance.equipment`."""

    _inherit = "millwright.handler.equipment"

    def _get_values(self, work, record, categories):
        """Values of `maintenance.equipment`; `record` is empty when it is to be created."""
        given = work.command["fields"]
        vals = {PLAIN_FIELDS[name]: given[name] or False for name in PLAIN_FIELDS if name in given}
        if not vals.get("name"):
            vals.pop("name", None)
        if "note" in given:
            vals["note"] = self._get_html(given["note"])
        if "cost" in given:
            vals["cost"] = float(given["cost"] or 0)
        if "warranty_date" in given:
            vals["warranty_date"] = fields.Date.to_date(given["warranty_date"])
        if given.get("effective_date"):  # cannot be empty in Odoo
            vals["effective_date"] = fields.Date.to_date(given["effective_date"])
        if "category" in given:
            self._set_category(vals, given["category"], categories)
        self._set_active(vals, work, record)
        vals.update(self._get_own_values(work))
        if not record:
            vals["company_id"] = work.plant.company_id.id
        return vals

    def _set_active(self, vals, work, record):
        operation = work.command["operation"]
        if operation in ("archive", "delete"):
            vals["active"] = False
        elif record and not record.active and self._says_active(work):
            vals["active"] = True

    def _says_active(self, work):
        """Whether an upsert of this input means "not archived": only where it could have said so."""
        item = work.flow["inputs"][work.command["input"]]
        return bool(item["archive_when"]) or work.flow["delete"] == "archive"

    # -- categories -----------------------------------------------------------------------

    def _get_key(self, name):
        return " ".join(name.split()).casefold()

    def _get_categories(self, works):
        """Categories of the company by name; its own before shared ones."""
        if not any(work.command["fields"].get("category") for work in works):
            return {}
        company = works[0].plant.company_id
        found = self.env["maintenance.equipment.category"].search_fetch(
            [("company_id", "in", [company.id, False])], ["name", "company_id"]
        )
        ranked = found.sorted(lambda category: (not category.company_id, category.id), reverse=True)
        return {self._get_key(category.name): category for category in ranked}

    def _create_categories(self, works, categories):
        missing = {}
        for work in works:
            reference = work.command["fields"].get("category")
            if reference and reference["missing"] == "create":
                missing.setdefault(self._get_key(reference["value"]), reference["value"])
        missing = {key: name for key, name in missing.items() if key not in categories}
        created = self.env["maintenance.equipment.category"].create(
            [
                # Without it Odoo makes the technical user responsible, and so the technician
                # of every request on this equipment.
                {"name": name, "company_id": self.env.company.id, "technician_user_id": False}
                for name in missing.values()
            ]
        )
        categories.update(zip(missing, created, strict=True))

    def _set_category(self, vals, reference, categories):
        if reference is None:
            vals["category_id"] = False
        elif category := categories.get(self._get_key(reference["value"])):
            vals["category_id"] = category.id
