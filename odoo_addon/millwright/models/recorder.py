from collections import Counter

from odoo import api, models
from odoo.tools import SQL

ATTRIBUTE = "millwright_recorder"
# What accompanies a change and is not one that a person asks about: counted, not shown.
ACCOMPANYING = {
    "bus.bus",
    "ir.attachment",
    "ir.cron.trigger",
    "mail.followers",
    "mail.mail",
    "mail.message",
    "mail.notification",
    "mail.tracking.value",
}
OWN_SHOWN = {"millwright.conflict", "millwright.discrepancy", "millwright.part"}


def recorder_of(env):
    """The recorder of a transaction that is only tried, else None.

    It is kept on the cursor itself: what is in the cursor's cache is gone when a savepoint is rolled back.
    """
    return env.cr.__dict__.get(ATTRIBUTE)


class Recorder:
    """Which rows a transaction creates, changes and deletes, and what they were before.

    Fed where every column passes: the flush, the creation and the deletion of the ORM.
    """

    def __init__(self, in_shadow=False):
        self.in_shadow = in_shadow
        self.before = {}  # (model, id) -> values by column, None when it is created here
        self.gone = set()
        self.accompanying = Counter()  # model -> rows
        self.numbers = []  # (name of the sequence, number)

    @staticmethod
    def is_shown(records):
        name = records._name
        if records._abstract or records._transient or not records._auto or name in ACCOMPANYING:
            return False
        return not name.startswith(("millwright.", "ir.")) or name in OWN_SHOWN

    def touch(self, records):
        """Keep what rows are before they change; only the first time counts."""
        if not self.is_shown(records):
            return
        fresh = [row_id for row_id in records._ids if row_id and (records._name, row_id) not in self.before]
        for row_id, values in self.load(records.browse(fresh)).items():
            self.before[records._name, row_id] = values

    def note_created(self, records):
        if self.is_shown(records):
            self.before.update({(records._name, row_id): None for row_id in records._ids})
        elif records._name in ACCOMPANYING:
            self.accompanying[records._name] += len(records._ids)

    def note_deleted(self, records):
        self.touch(records)
        self.gone.update((records._name, row_id) for row_id in records._ids)

    @staticmethod
    def load(records):
        """The columns of rows as the database has them, by id."""
        ids = tuple(records._ids)
        if not ids:
            return {}
        cr = records.env.cr
        cr.execute(SQL("SELECT * FROM %s WHERE id IN %s", SQL.identifier(records._table), ids))
        return {row["id"]: row for row in cr.dictfetchall()}


class Base(models.AbstractModel):
    _inherit = "base"

    def _write_multi(self, vals_list):
        recorder = recorder_of(self.env)
        if recorder is not None:
            recorder.touch(self)
        return super()._write_multi(vals_list)

    @api.model
    def _create(self, data_list):
        records = super()._create(data_list)
        recorder = recorder_of(self.env)
        if recorder is not None:
            recorder.note_created(records)
        return records

    def unlink(self):
        recorder = recorder_of(self.env)
        if recorder is not None:
            self.env.flush_all()
            recorder.note_deleted(self)
        return super().unlink()


class IrSequence(models.Model):
    _inherit = "ir.sequence"

    def _next(self, sequence_date=None):
        number = super()._next(sequence_date)
        recorder = recorder_of(self.env)
        if recorder is not None:
            recorder.numbers.append((self.name, number, self.implementation))
        return number


# What leaves the transaction by other ways than its commit.


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    @api.model
    def _storage(self):
        """In a transaction that is only tried, content stands in the row, which is rolled back; files would stay."""
        return "db" if recorder_of(self.env) else super()._storage()

    def _mark_for_gc(self, fname):
        return None if recorder_of(self.env) else super()._mark_for_gc(fname)


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def _notify_thread(self, message, msg_vals=False, **kwargs):
        if recorder_of(self.env):
            return []
        return super()._notify_thread(message, msg_vals=msg_vals, **kwargs)


class MailMail(models.Model):
    _inherit = "mail.mail"

    def send(self, *args, **kwargs):
        if recorder_of(self.env):
            return True
        return super().send(*args, **kwargs)
