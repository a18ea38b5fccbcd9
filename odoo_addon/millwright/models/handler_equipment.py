from dataclasses import replace

from odoo import api, models

from ..tools.work import Outcome, without_odoo_fields

# No tracking mails and no followers for what a machine says; the audit row has old and new.
QUIET = {
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
}


class MillwrightHandlerEquipment(models.AbstractModel):
    _name = "millwright.handler.equipment"
    _inherit = "millwright.handler"
    _description = "Handler of equipment"

    @api.model
    def _apply(self, works):
        self = self.with_context(**QUIET)
        self._load(works)
        outcomes = self._hold_foreign(works)
        open_works = []
        for work in works:
            if self._is_superseded(work):
                outcomes[work.inbox_id] = self._get_superseded(work)
            elif work.inbox_id not in outcomes:
                open_works.append(work)
        records, problems = self._find_records(open_works)
        open_works = [self._spare_matched(work, records) for work in open_works]
        problems.update(self._check_works(open_works, records, problems))
        outcomes.update(problems)
        todo = [work for work in open_works if work.inbox_id not in outcomes]
        outcomes.update(self._write_all(todo, records))
        return [outcomes[work.inbox_id] for work in works]

    def _spare_matched(self, work, records):
        """What was found by `match` exists already: a field whose system of record is Odoo stays, from
        the first message on."""
        if work.inbox_id not in records or self._get_record(work):
            return work
        return replace(work, command=without_odoo_fields(work.command, work.flow))

    def _check_works(self, works, records, problems):
        """Outcomes of the works that cannot be carried out; nothing has been written yet."""
        found = {}
        categories = self._get_categories(works)
        taken = self._get_serial_owners(works)
        for work in works:
            if work.inbox_id in problems:
                continue
            record = records.get(work.inbox_id)
            outcome = (
                self._check_name(work, record)
                or self._check_category(work, categories)
                or self._check_serial(work, record, taken)
                or self._check_own_values(work, "maintenance.equipment")
            )
            if outcome:
                found[work.inbox_id] = outcome
        return found

    def _check_name(self, work, record):
        if record or work.command["operation"] == "delete" or work.command["fields"].get("name"):
            return None
        return Outcome.held("name_missing", self.env._("An equipment without a name cannot be created."))

    def _check_category(self, work, categories):
        reference = work.command["fields"].get("category")
        if not reference or self._get_key(reference["value"]) in categories:
            return None
        can_create = reference["missing"] == "create"
        if can_create or reference["missing"] == "skip":
            return None
        return Outcome.held(
            "category_unknown",
            self.env._("There is no equipment category “%s”.", reference["value"]),
        )

    # -- serial numbers -------------------------------------------------------------------

    def _get_serial_owners(self, works):
        """Equipment ids by serial number, of the numbers that the works give."""
        serials = {work.command["fields"].get("serial_no") for work in works} - {None}
        if not serials:
            return {}
        # Odoo's constraint counts all companies; only the number and the id are read here.
        equipment_sudo = self.env["maintenance.equipment"].sudo().with_context(active_test=False)
        found = equipment_sudo.search_fetch([("serial_no", "in", list(serials))], ["serial_no"])
        return {equipment.serial_no: equipment.id for equipment in found}

    def _check_serial(self, work, record, taken):
        """One serial number, one equipment: Odoo's own constraint, asked before it fails.

        A number given to one work of the batch is taken for the next.
        """
        serial = work.command["fields"].get("serial_no")
        if not serial or work.command["operation"] == "delete":
            return None
        mine = record.id if record else -work.inbox_id
        if taken.setdefault(serial, mine) == mine:
            return None
        return Outcome.held(
            "serial_taken",
            self.env._("Serial number %s belongs to another equipment already.", serial),
        )

    # -- writing --------------------------------------------------------------------------

    def _write_all(self, works, records):
        categories = self._get_categories(works)
        self._create_categories(works, categories)
        outcomes, creations = {}, []
        for work in works:
            record = records.get(work.inbox_id)
            if work.command["operation"] == "delete" and not record:
                # A tombstone: an older message that comes later must not revive it.
                self._bind(work)
                outcomes[work.inbox_id] = Outcome.done(code="deleted")
            elif record:
                outcomes[work.inbox_id] = self._update(work, record, categories)
            else:
                creations.append(work)
        outcomes.update(self._create_all(creations, categories))
        return outcomes

    def _update(self, work, record, categories):
        changes = self._get_changes(record, self._get_values(work, record, categories))
        is_new = record != self._get_record(work)
        trace = self._get_trace(record, changes, private=("note",))
        if changes:
            record.write(changes)
        self._bind(work, record)
        code = "matched" if is_new else "updated" if changes else "unchanged"
        return Outcome.done(record, code, changed=trace)

    def _create_all(self, works, categories):
        equipment = self.env["maintenance.equipment"]
        vals_list = [self._get_values(work, equipment, categories) for work in works]
        records = equipment.create(vals_list)
        self._bind_all(list(zip(works, records, strict=True)))
        return {
            work.inbox_id: Outcome.done(record, "created")
            for work, record in zip(works, records, strict=True)
        }
