from odoo import models

from ..tools.work import Outcome

COLUMNS = {"serial_no": "serial_no", "name": "name", "model": "model", "location": "millwright_location"}


class MillwrightHandlerEquipment(models.AbstractModel):
    """Finding the equipment that a record of the CMMS is, before one is created."""

    _inherit = "millwright.handler.equipment"

    def _find_records(self, works):
        """Bound or matched equipment by inbox id, and outcomes where a person has to choose.

        Two works of one batch never get the same equipment.
        """
        records, problems = {}, {}
        unbound = []
        for work in works:
            if record := self._get_record(work):
                records[work.inbox_id] = record
            elif work.command["operation"] != "delete":
                unbound.append(work)
        claimed = {record.id for record in records.values()}
        candidates = self._get_candidates(unbound)
        for work in unbound:
            found = self._match(work, candidates, claimed)
            if len(found) > 1:
                problems[work.inbox_id] = self._get_ambiguous(found)
            elif found:
                claimed.add(found.id)
                records[work.inbox_id] = found
        return records, problems

    def _get_candidates(self, works):
        """Equipment of the company, archived too, that is not bound, by (key list, values)."""
        candidates = {}
        for keys in {tuple(keys) for work in works for keys in work.flow["match"]}:
            wanted = {values for work in works if (values := self._get_match_values(work, keys))}
            columns = [COLUMNS[key] for key in keys if key != "plant"]
            for equipment in self._search_equipment(columns, wanted):
                values = tuple((equipment[column] or "").strip() for column in columns)
                known = candidates.get((keys, values), equipment.browse())
                candidates[keys, values] = known | equipment
        return self._drop_bound(works, candidates)

    def _search_equipment(self, columns, wanted):
        equipment = self.env["maintenance.equipment"].with_context(active_test=False)
        if not wanted:
            return equipment
        domain = [("company_id", "=", self.env.company.id)]
        for index, column in enumerate(columns):
            domain.append((column, "in", list({values[index] for values in wanted})))
        return equipment.search(domain).with_env(self.env)

    def _drop_bound(self, works, candidates):
        if not candidates:
            return {}
        every = self.env["maintenance.equipment"].union(*candidates.values())
        bound = self._get_bound_ids(works[0].backend, "equipment", every)
        return {
            key: found.filtered(lambda equipment: equipment.id not in bound)
            for key, found in candidates.items()
        }

    def _match(self, work, candidates, claimed):
        """The first list of keys that finds something decides; active equipment before archived."""
        for keys in work.flow["match"]:
            values = self._get_match_values(work, keys)
            found = candidates.get((tuple(keys), values), self.env["maintenance.equipment"])
            found = found.filtered(lambda equipment: equipment.id not in claimed)
            if found:
                return found.filtered("active") or found
        return self.env["maintenance.equipment"]

    def _get_match_values(self, work, keys):
        """Values of the keys, or none when one is empty: an empty key matches nothing.

        `plant` means the company here: an equipment of Odoo knows no plant.
        """
        given = work.command["fields"]
        values = tuple((given.get(key) or "").strip() for key in keys if key != "plant")
        return values if values and all(values) else None

    def _get_ambiguous(self, found):
        names = ", ".join(f"{equipment.display_name} (#{equipment.id})" for equipment in found[:5])
        return Outcome.held(
            "ambiguous_match",
            self.env._("%(count)s equipments fit: %(names)s.", count=len(found), names=names),
        )
