import json
from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from ..const import COALESCE_MOST
from ..tools.coalesce import COALESCED, Queued, coalesced, references


class MillwrightInboxCoalesce(models.Model):
    """Of several snapshots that wait for one record only the newest is carried out.

    It is decided in the transaction of the effect, by what is open then; what may be left out and
    what must be seen by others says `tools/coalesce.py`.
    """

    _inherit = "millwright.inbox"

    def _coalesce(self):
        """End claimed snapshots, and those behind them, for which a newer one stands.

        :return: the rows of these that are still to be carried out
        """
        queues = self._find_queues()
        if not queues:
            return self
        queued = self.browse(row_id for queue in queues for row_id in queue)
        # What another runner works on just now is only passed by.
        mine = self | (queued - self).filtered(lambda row: row.state == "pending").try_lock_for_update()
        changes = []
        for queue in queues:
            rows = self.browse(queue)
            entries = [row._get_queued(row in mine) for row in rows]
            stand_ins = coalesced(entries, rows._find_present(entries))
            changes += [
                (self.browse(older), "ignored", self.browse(newer)._get_coalesced())
                for older, newer in stand_ins.items()
            ]
        self._settle(changes)
        return self.filtered(lambda row: row.state == "processing")

    def _find_queues(self):
        """Ids of the open commands of each group, from its first claimed snapshot on, in order; with
        the dead letters that block.

        Only groups in which a claimed snapshot has another command of its key behind it.
        """
        snapshots = self.filtered(lambda row: row.operation in COALESCED and row.group_key)
        if not snapshots:
            return []
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT DISTINCT candidate.backend_id, candidate.group_key
                  FROM millwright_inbox AS candidate
                 WHERE candidate.id IN %s
                   AND EXISTS (SELECT 1 FROM millwright_inbox AS later
                                WHERE later.backend_id = candidate.backend_id
                                  AND later.ordering_key = candidate.ordering_key
                                  AND later.state IN ('pending', 'processing', 'held')
                                  AND %s > %s OFFSET 0)
                """,
                tuple(snapshots.ids),
                self._place("later"),
                self._place("candidate"),
            )
        )
        groups = set(self.env.cr.fetchall())
        firsts = {}
        for row in snapshots.sorted(lambda row: row._get_place()):
            firsts.setdefault((row.backend_id.id, row.group_key), row._get_place())
        return [self._find_queue(*key, first) for key, first in firsts.items() if key in groups]

    @api.model
    def _find_queue(self, backend_id, group_key, first):
        self.env.cr.execute(
            SQL(
                """
                WITH queue AS (
                    SELECT id, parent_id FROM millwright_inbox AS inbox
                     WHERE backend_id = %(backend)s AND group_key = %(group)s AND %(place)s >= %(first)s
                       AND state IN ('pending', 'processing', 'held') AND fanned_out IS NOT TRUE
                     UNION ALL
                    SELECT id, parent_id FROM millwright_inbox AS inbox
                     WHERE backend_id = %(backend)s AND group_key = %(group)s AND %(place)s >= %(first)s
                       AND state = 'dead' AND blocks AND fanned_out IS NOT TRUE
                )
                SELECT id FROM queue ORDER BY %(order)s LIMIT %(most)s
                """,
                backend=backend_id,
                group=group_key,
                place=self._place("inbox"),
                order=self._place("queue"),
                first=first,
                most=COALESCE_MOST,
            )
        )
        return [row_id for (row_id,) in self.env.cr.fetchall()]

    def _get_place(self):
        """As `_place`."""
        return (self.parent_id.id or self.id, self.id)

    def _get_queued(self, is_mine):
        """The row as `tools/coalesce.py` takes it."""
        self.ensure_one()
        is_open = is_mine and self.command and self.operation in COALESCED
        return Queued(
            id=self.id,
            operation=self.operation or "",
            barrier=self.barrier,
            identity=(
                self.ordering_key,
                self.flow,
                self.integration_model,
                self.integration_id,
                self.plant_id.id,
                self.contract_hash,
                self.route_epoch,
            ),
            version=self.version or None,
            command=json.loads(self.command) if is_open else None,
        )

    def _find_present(self, entries):
        """(kind, external id) of what the commands of a queue name and is there; rows are of one backend."""
        wanted = defaultdict(set)
        for entry in entries:
            for kind, by, value in references(entry.command or {}):
                if by == "external_id":
                    wanted[kind].add(value)
        backend = self[:1].backend_id
        return {(kind, key) for kind, keys in wanted.items() for key in backend._get_references(kind, keys)}

    def _get_coalesced(self):
        """What is noted on a snapshot that this row stands for."""
        explanation = self.env._("Message %(id)s is newer and says all that this one says.", id=self.id)
        return {"code": "coalesced", "last_error": explanation}
