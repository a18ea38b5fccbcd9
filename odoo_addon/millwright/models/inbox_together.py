from odoo import api, models, tools
from odoo.tools import SQL


class MillwrightInboxTogether(models.Model):
    """Movements of one ordering key that are carried out in one call, as far as their handler allows.

    A claim takes the first command of each ordering key. Where there are few keys and many movements a batch
    would be as small as their number; so the movements behind the first come along, in their order.
    """

    _inherit = "millwright.inbox"

    @api.model
    def _get_followers(self, found, size, critical=False, share=(0, 1)):
        """What may come along with claimed commands: those right behind them, of the same ordering key.

        :param found: list of (id, kind), locked
        :param int size: the most that may come along
        :return: list of (id, kind) in the order of arrival, locked
        """
        together = self._get_together()
        if not together or size <= 0:
            return []
        ids = [row_id for row_id, _kind in found]
        self.env.cr.execute(
            SQL(
                """
                WITH first AS (
                    SELECT id, parent_id, backend_id, ordering_key FROM millwright_inbox
                     WHERE id = ANY (%(ids)s) AND (kind, operation) IN %(together)s
                )
                SELECT candidate.id, candidate.kind, candidate.backend_id, candidate.ordering_key
                  FROM millwright_inbox AS candidate
                 WHERE candidate.id = ANY (ARRAY (
                           SELECT next.id FROM first CROSS JOIN LATERAL (
                               SELECT candidate.id FROM millwright_inbox AS candidate
                                WHERE candidate.backend_id = first.backend_id
                                  AND candidate.ordering_key = first.ordering_key
                                  AND candidate.state IN ('pending', 'processing', 'held')
                                  AND %(behind)s
                             ORDER BY %(place)s LIMIT %(size)s) AS next))
                   AND candidate.state = 'pending' AND candidate.command IS NOT NULL
                   AND candidate.fanned_out IS NOT TRUE AND candidate.attempts <= 0
                   AND (candidate.kind, candidate.operation) IN %(together)s
                   AND %(due)s AND %(lane)s AND %(share)s AND NOT %(unplanned)s
              ORDER BY %(place)s LIMIT %(size)s
                   FOR UPDATE OF candidate SKIP LOCKED
                """,
                ids=ids,
                together=together,
                behind=SQL("%s > %s", self._place("candidate"), self._place("first")),
                place=self._place("candidate"),
                size=size,
                due=self._is_due(),
                lane=self._is_critical(critical),
                share=self._is_mine(share),
                unplanned=self._is_behind_unplanned(),
            )
        )
        rows = self.env.cr.fetchall()
        behind = self._find_behind_others(ids + [row[0] for row in rows]) if rows else set()
        stopped, followers = set(), []
        for row_id, kind, *key in rows:
            if row_id in behind or tuple(key) in stopped:
                stopped.add(tuple(key))
            else:
                followers.append((row_id, kind))
        return followers

    @api.model
    @tools.ormcache()
    def _get_together(self):
        """(kind, operation) of which a handler takes several of one ordering key."""
        prefix = "millwright.handler."
        return tuple(
            (name.removeprefix(prefix), operation)
            for name, model in self.env.registry.items()
            if name.startswith(prefix)
            for operation in model._millwright_together
        )

    @api.model
    def _find_behind_others(self, ids):
        """Those of the ids that have to let a command pass which is not among them."""
        key = SQL("earlier.ordering_key = candidate.ordering_key AND earlier.id <> ALL (%s)", list(ids))
        self.env.cr.execute(
            SQL(
                "SELECT id FROM millwright_inbox AS candidate WHERE id = ANY (%s) AND %s",
                list(ids),
                self._open_before(key),
            )
        )
        return {row_id for (row_id,) in self.env.cr.fetchall()}

    @api.model
    def _let_go_behind(self, ids, token):
        """Give back claimed commands that stand behind one which failed, and is to be tried again before them.

        :return: the other ids, in their order
        """
        self.flush_model()
        behind = self._find_behind_others(ids)
        if behind:
            rows = self._relock(sorted(behind), token)
            self._settle([(row, "pending", {"attempts": row.attempts - 1}) for row in rows])
            self._commit()
        return [row_id for row_id in ids if row_id not in behind]
