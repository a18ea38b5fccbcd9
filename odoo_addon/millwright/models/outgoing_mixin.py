from odoo import api, models

NOTES = "millwright.outbox"


class MillwrightOutgoingMixin(models.AbstractModel):
    """For records whose changes may go out: notes which were touched, once per transaction.

    Stored computed fields never pass `write()`; all columns pass `_write_multi`, the flush, and only
    many2many fields pass `write()` alone. Nothing is read or written here: one function before the
    commit reads all noted records at once and writes the outbox rows in the same transaction. What
    a savepoint rolled back is either not noted or found unchanged.
    """

    _name = "millwright.outgoing.mixin"
    _description = "Record whose changes may go out"

    def _write_multi(self, vals_list):
        result = super()._write_multi(vals_list)
        watched = self.env["millwright.exporter"]._get_watched(self._name)
        touched = [
            record_id
            for record_id, vals in zip(self._ids, vals_list, strict=True)
            if not watched.isdisjoint(vals)
        ]
        self._note_outgoing(touched)
        return result

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._note_outgoing(records.ids)
        return records

    def write(self, vals):
        result = super().write(vals)
        watched = self.env["millwright.exporter"]._get_watched(self._name)
        if any(name in watched and self._fields[name].type == "many2many" for name in vals):
            self._note_outgoing(self.ids)
        return result

    def unlink(self):
        # What the record was bound to is gone with it: it has to be read before.
        self.env["millwright.outbox"].sudo()._note_deletions(self)
        return super().unlink()

    def _note_outgoing(self, ids):
        if not ids:
            return
        precommit = self.env.cr.precommit
        notes = precommit.data.get(NOTES)
        if notes is None:
            notes = precommit.data[NOTES] = {}
            outbox_sudo = self.env(context={})["millwright.outbox"].sudo()
            author = self.env.uid
            precommit.add(lambda: outbox_sudo._write_noted(precommit.data.pop(NOTES, {}), author))
        notes.setdefault(self._name, {}).update(dict.fromkeys(ids))


class MaintenanceEquipment(models.Model):
    _name = "maintenance.equipment"
    _inherit = ["maintenance.equipment", "millwright.outgoing.mixin"]


class MaintenanceRequest(models.Model):
    _name = "maintenance.request"
    _inherit = ["maintenance.request", "millwright.outgoing.mixin"]
