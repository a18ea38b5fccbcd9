import json

from odoo import api, models

from ..const import PARAM_RUNNERS, RUNNERS, RUNNERS_MOST
from ..tools.sharding import shard_of, shard_range


class MillwrightInboxShard(models.Model):
    """Which runner does what. Shards only keep runners out of each other's way: whoever claims a
    row holds it, so that the number of runners may change at any moment.
    """

    _inherit = "millwright.inbox"

    # -- runners --------------------------------------------------------------------------

    @api.model
    def _wake(self, at=None):
        for cron_sudo in self._runners():
            cron_sudo._trigger(at)

    @api.model
    def _runners(self):
        """The crons that may run, in order: as many as the parameter says."""
        # Whoever stores a message or binds a part may wake the runners, but not see crons.
        names = ["cron_runner", *(f"cron_runner_{number}" for number in range(2, self._runner_count() + 1))]
        # env.ref would ask the database for each whether it is still there
        to_id = self.env["ir.model.data"]._xmlid_to_res_id
        return (
            self.env["ir.cron"]
            .sudo()
            .browse(to_id(f"millwright.{name}", raise_if_not_found=True) for name in names)
        )

    @api.model
    def _runner_count(self):
        return min(max(self._int_param(PARAM_RUNNERS, RUNNERS), 1), RUNNERS_MOST)

    @api.model
    def _share(self):
        """(index, count) of this runner; None when fewer are wanted. Outside of a cron: all of it."""
        own = self._runner_id()
        if not own:
            return 0, 1
        ids = self._runners().ids
        return (ids.index(own), len(ids)) if own in ids else None

    @api.model
    def _share_range(self, share):
        return shard_range(*share)

    # -- shards ---------------------------------------------------------------------------

    def _shard_values(self, backend, commands, companies):
        """Shard key and shard of commands of one backend.

        :param list[dict] commands: canonical commands; `{}` for one that is held
        :param companies: the company of each
        :return: list of dicts of `shard_key` and `shard`, None where the planner's own key stays
        """
        parts = [self._part_of(command) for command in commands]
        products = backend._get_references("part", {part for part in parts if part})
        self._read_products(self.env["product.product"].union(*products.values()))
        keys = [
            self._stock_shard(products[part], company) if part in products and company else None
            for part, company in zip(parts, companies, strict=True)
        ]
        return [key and {"shard_key": key, "shard": shard_of(key)} for key in keys]

    @api.model
    def _part_of(self, command):
        """External id of the part that a movement moves."""
        if command.get("kind") != "parts_consumption":
            return None
        return ((command.get("fields") or {}).get("part") or {}).get("value")

    def _reshard(self):
        """Shards of rows whose part has a product now, which it had not when they were planned."""
        for (backend, company), rows in (
            self.filtered("command").grouped(lambda row: (row.backend_id, row.company_id)).items()
        ):
            commands = [json.loads(row.command) for row in rows]
            values = rows._shard_values(backend, commands, [company] * len(rows))
            for row, found in zip(rows, values, strict=True):
                if found:
                    row.write(found)
