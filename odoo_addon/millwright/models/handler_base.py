import re
from collections import defaultdict
from datetime import datetime

from markupsafe import Markup, escape

from odoo import api, fields, models

from ..tools.work import Outcome
from .write_each import write_each

# What Odoo may change of an HTML text when it cleans it; letters and digits stay.
NO_WORDS = re.compile(r"<[^>]*>|&#?\w+;|[\W_]+")


class MillwrightHandler(models.AbstractModel):
    """Carries out canonical commands of one kind: what all handlers share.

    `_apply` gets works of one kind, one backend and one company, and runs inside the runner's
    transaction as the technical user. It looks for every problem of a single command before it
    writes anything, and answers for each work, in their order.
    """

    _name = "millwright.handler"
    _description = "Handler of canonical commands"
    _millwright_operations = ("upsert", "archive", "delete")
    _millwright_together = ()  # operations of which one call may get several of one ordering key

    @api.model
    def _apply(self, works):
        """Carry out the works.

        :param list[Work] works: at most one per ordering key, but of operations in `_millwright_together`
            several, in the order of arrival
        :return: list of Outcome in the same order
        :raises RetryableError, PermanentError: for the whole batch
        """
        raise NotImplementedError

    def _load(self, works):
        """Read the integration rows of all works at once; each stands alone in its recordset. Of rows that this
        transaction has created all is known."""
        rows = defaultdict(list)
        for work in works:
            if work.integration:
                rows[work.integration._name].append(work.integration)
        for model, found in rows.items():
            names = [self.env[model]._millwright_record, "synchronised_version"]
            known = found[0].union(*found)
            missing = {row_id for name in names for row_id in known._fields[name]._cache_missing_ids(known)}
            known.browse(missing).fetch(names)

    # -- versions -------------------------------------------------------------------------

    def _is_superseded(self, work):
        """Whether something newer was applied already.

        Versions are instants or whole numbers of fixed width, or texts that the spec says sort. A row without a record but with
        a version is a tombstone (deleted there, or deleted here): only something newer revives it.
        """
        version, known = work.command["version"], work.integration.synchronised_version
        if not version or not known:
            return False
        is_bound = bool(work.integration[work.integration._millwright_record])
        return version < known or (version == known and not is_bound)

    def _get_superseded(self, work):
        return Outcome.ignored(
            "superseded",
            self.env._(
                "Version %(version)s is not newer than %(known)s, which was applied already.",
                version=work.command["version"],
                known=work.integration.synchronised_version,
            ),
        )

    # -- bindings -------------------------------------------------------------------------

    def _bind(self, work, record=None):
        """Note on the integration row what was applied, and the record if it is new there."""
        self._bind_all([(work, record)])

    def _bind_all(self, pairs):
        """Bind many (work, record or None), in one statement for each model of integration rows."""
        by_model = defaultdict(dict)
        for work, record in pairs:
            integration = work.integration
            vals = {}
            if work.command["version"]:
                vals["synchronised_version"] = work.command["version"]
            if work.command["occurred_at"]:
                vals["occurred_at"] = self._get_datetime(work.command["occurred_at"])
            name = integration._millwright_record
            if record and integration[name] != record:
                vals[name] = record.id
            by_model[integration._name].setdefault(integration.id, {}).update(vals)
        for model, found in by_model.items():
            changed = {row_id: vals for row_id, vals in found.items() if vals}
            write_each(self.env[model].browse(changed), list(changed.values()))

    def _get_record(self, work):
        """The record that the work's row is bound to, in this environment."""
        return work.integration[work.integration._millwright_record].with_env(self.env)

    def _get_bound_ids(self, backend, kind, records):
        """Ids of the records that a row of the backend is bound to, of whatever flow of the kind."""
        bound = set()
        for model in backend._get_integration_models(kind):
            name = self.env[model]._millwright_record
            rows = self.env[model].search_fetch(
                [("backend_id", "=", backend.id), (name, "in", records.ids)], [name]
            )
            bound.update(row[name].id for row in rows)
        return bound

    def _get_references(self, works, kind, references):
        """Records by external id, for all references of a batch at once.

        A record that belongs to another company is there, but empty: nothing of it can be used. So what is
        bound is asked as the runner asks it when it lets go of what waits: else both would go on for ever.
        """
        keys = {reference["value"] for reference in references if reference}
        if not keys:
            return {}
        found = works[0].backend.sudo()._get_references(kind, keys)
        if not found:
            return {}
        records = {key: record.with_env(self.env) for key, record in found.items()}
        readable = self._get_readable(records.values())
        return {key: record & readable for key, record in records.items()}

    def _get_readable(self, records):
        """Those of the records, all of one model, that this company and user may read."""
        records = list(records)
        return records[0].union(*records)._filtered_access("read")

    def _hold_foreign(self, works):
        """Outcomes of works whose record is bound to something of another company."""
        bound = {work.inbox_id: self._get_record(work) for work in works}
        readable = self._get_readable(bound.values())
        readable.fetch([readable._rec_name])  # with all else that is read with it, unless it is there already
        return {
            work.inbox_id: Outcome.held(
                "bound_elsewhere",
                self.env._(
                    "%(key)s is bound to a record of another company than plant %(plant)s.",
                    key=work.command["key"],
                    plant=work.plant.name,
                ),
            )
            for work in works
            if bound[work.inbox_id] - readable
        }

    # -- values ---------------------------------------------------------------------------

    def _get_datetime(self, text):
        """Naive UTC datetime, to the second as Odoo stores it."""
        return text and datetime.fromisoformat(text.removesuffix("Z")).replace(microsecond=0)

    def _get_day(self, text):
        """The day that an instant falls on in the technical user's time zone."""
        moment = self._get_datetime(text)
        return moment and fields.Datetime.context_timestamp(self, moment).date()

    def _get_html(self, text):
        """Plain text for an HTML field: nothing of it is markup."""
        if not text:
            return False
        return Markup("<p>%s</p>") % Markup("<br>").join(escape(line) for line in text.splitlines())

    def _get_changes(self, record, vals):
        """The part of `vals` that would change the record."""
        changes = {}
        for name, value in vals.items():
            field = record._fields[name]
            if field.type == "html" and self._says_other(value, record[name]):
                changes[name] = value
                continue
            new = field.convert_to_cache(value, record)
            # What is there was cleaned when it was written.
            old = field.convert_to_cache(record[name], record, validate=False)
            if (new or old) and new != old:
                changes[name] = value
        return changes

    def _says_other(self, html, other):
        """Whether two HTML texts have other words. Then they differ, and neither is cleaned only to know that."""
        return NO_WORDS.sub("", html or "") != NO_WORDS.sub("", other or "")

    def _get_trace(self, record, changes, private=()):
        """What changes, old and new, as text for the audit; of private fields only that they do."""
        trace = {}
        for name, value in changes.items():
            if name in private:
                trace[name] = "changed"
            else:
                trace[name] = [self._get_text(record[name]), self._get_text(value)]
        return trace

    def _get_text(self, value):
        if isinstance(value, models.BaseModel):
            return str(value.id or "")
        return "" if value is None or value is False else str(value)
