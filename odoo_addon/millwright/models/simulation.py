from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg2

from odoo import SUPERUSER_ID, api, fields, models

from ..const import SIMULATION_LOCK_SECONDS, SIMULATION_SECONDS
from ..tools.canonical import canonical, sha256_hex
from .inbox_claim import TRANSIENT
from .recorder import ATTRIBUTE, Recorder

# Who and when, and whose message: they differ from run to run and say nothing about what is posted.
UNTOLD = {"id", "create_uid", "create_date", "write_uid", "write_date"}
OF_BACKEND = {"millwright_backend_id", "millwright_message_id"}


@dataclass
class Change:
    """One record that is created, changed or deleted.

    `values` are {field name: (before, after)} as the database has them, of what differs; `before` is
    None of a created record.
    """

    model: str
    record_id: int
    operation: str
    values: dict = field(default_factory=dict)


class MillwrightSimulation(models.AbstractModel):
    """Carries out commands to see what they would do, in a transaction of its own that is always undone.

    One recorder serves the posting plans of shadow routes and the explanation that a person asks for.
    """

    _name = "millwright.simulation"
    _description = "What a command would do"

    @api.model
    @contextmanager
    def _undone(self, in_shadow=False):
        """An environment on its own cursor, with a recorder: (env, recorder). Nothing of it stays.

        No row is kept locked, no hook of the transaction runs, no file is written. What PostgreSQL's
        sequences gave is used up. Locks and statements end after a short time.
        """
        registry = self.env.registry
        untouched = not registry.cache_invalidated and not registry.registry_invalidated
        cr = registry.cursor()
        try:
            recorder = Recorder(in_shadow)
            setattr(cr, ATTRIBUTE, recorder)
            cr.execute("SELECT set_config('lock_timeout', %s, true)", [f"{SIMULATION_LOCK_SECONDS}s"])
            cr.execute("SELECT set_config('statement_timeout', %s, true)", [f"{SIMULATION_SECONDS}s"])
            yield api.Environment(cr, SUPERUSER_ID, {}), recorder
        finally:
            for hooks in (cr.precommit, cr.postcommit, cr.prerollback, cr.postrollback):
                hooks.clear()
            cr.rollback()
            setattr(cr, ATTRIBUTE, None)
            cr.close()
            if untouched:  # what was cached of records that never were
                registry.reset_changes()

    # -- the posting plan of a shadow route -----------------------------------------------

    @api.model
    def _plan_of(self, row):
        """The posting plan of a planned command: (canonical text, its hash).

        An error of the handler is part of the plan; a conflict with another transaction is not: it is
        raised, so that the command is tried again.
        """
        with self._undone(in_shadow=True) as (env, recorder):
            started = env.cr.now()
            outcome = self._carry_out(env["millwright.inbox"].browse(row.id))
            changes = self._get_changes(env, recorder) if "record" in outcome else []
            plan = {
                "outcome": {"state": outcome["state"], "code": outcome["code"]},
                "changes": self._get_plan(env, changes, recorder, started),
            }
        text = canonical(plan)
        return text, f"sha256:{sha256_hex(text)}"

    @api.model
    def _carry_out(self, row):
        """Carry out one planned command: {state, code, message, record}; without `record` it raised."""
        try:
            with row.env.cr.savepoint():
                handler = row._get_handler()
                (outcome,) = row._carry_out(handler, row._build_works(handler.env))
        except TRANSIENT:
            raise
        except psycopg2.errors.QueryCanceled:
            return {"state": "failed", "code": "too_slow", "message": self.env._("It took too long.")}
        except Exception as error:  # what it would say when it is carried out
            code = getattr(error, "code", None) or type(error).__name__
            return {"state": "failed", "code": code, "message": str(error)}
        return {
            "state": outcome.state,
            "code": outcome.code or "",
            "message": outcome.message or "",
            "record": outcome.record,
        }

    # -- what was recorded ----------------------------------------------------------------

    @api.model
    def _get_changes(self, env, recorder):
        """Changes in the order in which records were first touched; of each field that differs."""
        env.cr.flush()
        by_model = {}
        for model, record_id in recorder.before:
            by_model.setdefault(model, []).append(record_id)
        after = {model: Recorder.load(env[model].browse(ids)) for model, ids in by_model.items()}
        changes = []
        for (model, record_id), before in recorder.before.items():
            now = after[model].get(record_id)
            if before is None and now is None:
                continue
            operation = "create" if before is None else "change" if now else "delete"
            values = self._get_differences(env[model], before, now)
            if values or operation != "change":
                changes.append(Change(model, record_id, operation, values))
        return changes

    @api.model
    def _get_differences(self, model, before, after):
        """{field name: (before, after)} of stored fields; of a new or deleted record those that say something."""
        values = {}
        for name in model._fields:
            known = (before or after).keys()
            if name in UNTOLD or name not in known:
                continue
            pair = tuple(self._get_plain(model, name, row) for row in (before, after))
            if pair[0] != pair[1]:
                values[name] = pair
        return values

    @api.model
    def _get_plain(self, model, name, row):
        """A column as a person means it: of translations and of values per company the one that is meant."""
        value = row[name] if row else None
        if isinstance(value, dict) and model._fields[name].translate:
            value = value.get(self.env.lang or "en_US") or value.get("en_US")
        return None if value in (False, "", 0) or value is None else value

    @api.model
    def _get_plan(self, env, changes, recorder, started):
        """Changes as plain data that is the same for the same message in the same state, whoever runs it.

        New records are named by their order, moments of the run are `now`, numbers drawn are called so.
        """
        fresh = [change for change in changes if change.operation == "create"]
        names = {(change.model, change.record_id): f"new-{index}" for index, change in enumerate(fresh, 1)}
        numbers = {number for _name, number, _kind in recorder.numbers}

        def tell(model, name, value):
            column = env[model]._fields[name]
            if value is None:
                return None
            if column.type == "many2one":
                return f"{column.comodel_name}/{names.get((column.comodel_name, value), value)}"
            if column.type == "datetime":
                return (
                    "now"
                    if abs((value - started).total_seconds()) < 3600
                    else fields.Datetime.to_string(value)
                )
            if value in numbers:
                return "next number"
            return canonical(value) if isinstance(value, dict) else str(value)

        return [
            {
                "operation": change.operation,
                "record": f"{change.model}/{names.get((change.model, change.record_id), change.record_id)}",
                "fields": {
                    name: [tell(change.model, name, value) for value in pair]
                    for name, pair in change.values.items()
                    if name not in OF_BACKEND
                },
            }
            for change in changes
        ]
