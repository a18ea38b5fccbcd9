from odoo import api, models
from odoo.tools import SQL

from .read_along import columns_of, note_read

FOUND = "millwright.references"  # key of what a transaction has found, in `cr.precommit.data`
POSTED = "millwright.posted"  # as FOUND: by backend, for an operation that was looked for, ids of its moves by backend


class MillwrightBackendReferences(models.Model):
    """Records of Odoo and plants by what the maintenance system calls them."""

    _inherit = "millwright.backend"

    def _get_references(self, kind, keys):
        """Records of Odoo by the external ids they are bound to.

        :param str kind: `equipment`, `work_order` or `part`
        :param keys: external ids
        :return: dict of external id to record; an unbound key is not in it
        """
        self.ensure_one()
        keys = list(keys)
        if kind == "part":
            parts = self._find_rows("millwright.part", keys, ["product_id"])
            return {key: part.product_id for key, part in parts.items() if part.product_id}
        found = {}
        for model in self._get_integration_models(kind):
            record_field = self.env[model]._millwright_record
            if not record_field:  # no handler binds this kind yet
                continue
            rows = self._find_rows(model, keys, [record_field])
            bound = {key: row[record_field] for key, row in rows.items() if row[record_field]}
            found.update(self._get_siblings_records(model, set(keys) - found.keys() - bound.keys()))
            found.update(bound)
        return found

    def _find_rows(self, model, keys, names):
        """Rows of a model by external id, with these fields read. A row that is there keeps its external id, so it is
        looked for once in a transaction: a plan and its effect ask for the same.

        :return: dict of external id to row; a key without a row is not in it
        """
        found = self.env.cr.precommit.data.setdefault(FOUND, {}) if self.env.su else {}
        known = found.setdefault((model, self.id), {})
        if missing := [key for key in keys if key not in known]:
            rows = self.env[model].search_fetch(
                [("backend_id", "=", self.id), ("external_id", "in", missing)], ["external_id", *names]
            )
            known.update({row.external_id: row.id for row in rows})
        wanted = [key for key in keys if key in known]
        return dict(zip(wanted, self.env[model].browse(known[key] for key in wanted), strict=True))

    def _find_posted(self, operations, backend_ids):
        """Moves by operation id, of operations that one of the backends has posted.

        What the plan has looked for is known; it is asked for once, since it is posted next.
        """
        known = self.env.cr.precommit.data.get(POSTED, {}).get(self.id, {})
        found = {operation: known.pop(operation) for operation in operations if operation in known}
        if missing := [operation for operation in operations if operation not in found]:
            moves = self.env["stock.move"].search_fetch(
                [("millwright_backend_id", "in", backend_ids), ("millwright_operation_id", "in", missing)],
                ["millwright_backend_id", "millwright_operation_id"],
            )
            for move in moves:
                found.setdefault(move.millwright_operation_id, {})[move.millwright_backend_id.id] = move.id
        return {
            operation: self.env["stock.move"].browse(moves[backend_id])
            for operation, moves in found.items()
            for backend_id in backend_ids
            if backend_id in moves
        }

    def _note_rows(self, keys_by_model, operations):
        """Look for rows of several models in one statement, and read what is asked of them next: `_find_rows` then has
        those that are there, and `_find_posted` the moves. As superuser, as plans are made.

        :param dict keys_by_model: external ids by name of the model, an integration model or `millwright.part`
        :param operations: ids of operations that may be posted, here or at a sibling
        :return: dict of model to dict of external id to row id
        """
        self.ensure_one()
        names = {model: self._get_noted_names(model) for model in keys_by_model}
        queries = [self._rows_query(model, list(keys), names[model]) for model, keys in keys_by_model.items()]
        posted = {operation: {} for operation in operations}
        if posted:
            queries.append(self._posted_query(list(posted)))
        known = {model: {} for model in keys_by_model}
        values = {}
        if queries:
            self.env.cr.execute(SQL(" UNION ALL ").join(queries))
            for model, key, row_id, row_values in self.env.cr.fetchall():
                if model is None:
                    posted[key][row_values[0]] = row_id
                    continue
                known[model][key] = row_id
                values[model, row_id] = row_values
        self.env.cr.precommit.data.setdefault(POSTED, {}).setdefault(self.id, {}).update(posted)
        for model, found in known.items():
            self.env.cr.precommit.data.setdefault(FOUND, {}).setdefault((model, self.id), {}).update(found)
            rows = self.env[model].browse(found.values())
            note_read(rows, names[model], [values[model, row_id] for row_id in rows.ids])
        return known

    @api.model
    def _get_noted_names(self, model):
        """Fields of a model that are asked of its rows next: plant, and what the row is bound to."""
        fields = self.env[model]._fields
        link = self.env[model]._millwright_record if "plant_id" in fields else "product_id"
        return [name for name in ("plant_id", link) if name in fields]

    def _rows_query(self, model, keys, names):
        """SQL of (model, external id, row id, values of the fields)."""
        rows = self.env[model]
        rows.flush_model(["backend_id", "external_id", *names])
        return SQL(
            "SELECT %s, external_id, id, ARRAY[%s] FROM %s WHERE backend_id = %s AND external_id = ANY (%s)",
            model,
            columns_of(rows, rows._table, names),
            SQL.identifier(rows._table),
            self.id,
            keys,
        )

    def _posted_query(self, operations):
        """SQL of (NULL, operation id, move id, [backend id]), of this backend and its siblings."""
        self.env["stock.move"].flush_model(["millwright_backend_id", "millwright_operation_id"])
        return SQL(
            """SELECT NULL, millwright_operation_id, id, ARRAY[millwright_backend_id] FROM stock_move
                WHERE millwright_backend_id = ANY (%s) AND millwright_operation_id = ANY (%s)""",
            [self.id, *{sibling for sibling, _plant in self._find_siblings()}],
            operations,
        )

    @api.model
    def _forget_rows(self):
        """To be called when rows that are looked for by external id are deleted."""
        self.env.cr.precommit.data.pop(FOUND, None)

    def _get_sibling_rows(self, model, keys):
        """Bound integration rows of siblings: what the backend that posted before knows of these external ids.

        Of the same model only, so of the same connector: ids of another product mean other things.
        """
        self.ensure_one()
        rows_sudo = self.env[model].sudo()
        record_field = rows_sudo._millwright_record
        if not keys or not record_field or not (siblings_sudo := self.sudo()._get_siblings()):
            return rows_sudo.browse()
        return rows_sudo.search(
            [
                ("backend_id", "in", siblings_sudo.ids),
                ("external_id", "in", list(keys)),
                (record_field, "!=", False),
                ("plant_id", "in", self.sudo().plant_ids.ids),
            ],
            order="synchronised_version",
        )

    def _get_siblings_records(self, model, keys):
        """Records that siblings have bound, by external id, in this environment."""
        rows_sudo = self._get_sibling_rows(model, keys)
        return {
            row_sudo.external_id: row_sudo[row_sudo._millwright_record].with_env(self.env)
            for row_sudo in rows_sudo
        }

    def _get_external_ids_of(self, kind, records):
        """External ids by record id, of those of the records that are bound.

        :param str kind: `equipment` or `work_order`
        """
        self.ensure_one()
        found = {}
        for model in self._get_integration_models(kind):
            name = self.env[model]._millwright_record
            if name and self.env[model]._fields[name].comodel_name == records._name:
                rows = self.env[model].search([("backend_id", "=", self.id), (name, "in", records.ids)])
                found.update({row[name].id: row.external_id for row in rows})
        return found

    def _locate(self, chains):
        """The plant of each chain of candidates; the first candidate that is known counts.

        :param chains: lists of `("cross_reference", "plant", code)`, `("work_order", external id)`
            and `("only",)`
        :return: list of `millwright.plant`, empty where none is known
        """
        self.ensure_one()
        codes, orders = set(), set()
        for step in (step for chain in chains for step in chain):
            if step[0] == "cross_reference":
                codes.add(step[2])
            elif step[0] == "work_order":
                orders.add(step[1])
        known = {
            "cross_reference": self._plants_by_code(codes),
            "work_order": self._plants_by_work_order(orders),
        }
        none = self.env["millwright.plant"]
        located = []
        for chain in chains:
            found = (
                self._get_only_plant() if step[0] == "only" else known[step[0]].get(step[-1], none)
                for step in chain
            )
            located.append(next(filter(None, found), none))
        return located

    def _get_only_plant(self):
        return self.plant_ids if len(self.plant_ids) == 1 else self.plant_ids.browse()

    def _plants_by_code(self, codes):
        references = self.env["millwright.cross.reference"].search(
            [("backend_id", "=", self.id), ("table", "=", "plant"), ("code", "in", list(codes))]
        )
        return {reference.code: reference.plant_id for reference in references}

    def _plants_by_work_order(self, external_ids):
        plants, external_ids = {}, list(external_ids)
        for model in self._get_integration_models("work_order") if external_ids else []:
            record_field = self.env[model]._millwright_record
            # who asks next wants the record
            rows = self._find_rows(model, external_ids, ["plant_id", *filter(None, [record_field])])
            known = {key: row.plant_id for key, row in rows.items() if row.plant_id}
            others_sudo = self._get_sibling_rows(model, set(external_ids) - known.keys())
            plants.update({row.external_id: row.plant_id.with_env(self.env) for row in others_sudo})
            plants.update(known)
        return plants

    def _get_integration_models(self, kind):
        """Names of the integration models whose flow is of this kind."""
        flows = self.sudo().contract_id._get_document()["flows"].values()
        return [flow["model"] for flow in flows if flow["kind"] == kind]
