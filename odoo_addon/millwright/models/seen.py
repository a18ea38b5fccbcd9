from odoo import api, fields, models
from odoo.tools import SQL


class MillwrightSeen(models.Model):
    """Event ids whose content was purged, so that a replay is known for ever: a digest per event.

    128 bits of SHA-256, computed by PostgreSQL only, so that what is written and what is looked for
    cannot differ.
    """

    _name = "millwright.seen"
    _description = "Event seen"
    _log_access = False

    backend_id = fields.Many2one("millwright.backend", required=True, readonly=True, ondelete="cascade")
    digest = fields.Char(required=True, readonly=True)

    _digest_uniq = models.Constraint("UNIQUE (backend_id, digest)", "An event is remembered once.")

    @api.model
    def _digest(self, alias):
        """SQL: the digest of the `event_id` of a row."""
        return SQL(
            "encode(substring(sha256(convert_to(%s, 'UTF8')) FOR 16), 'hex')",
            SQL.identifier(alias, "event_id"),
        )

    @api.model
    def _is_seen(self, alias):
        """SQL: whether the event of a row is remembered.

        OFFSET 0 keeps it a look-up in the index by row; PostgreSQL would read the whole table for a
        join when it believes it to be small.
        """
        return SQL(
            """EXISTS (SELECT 1 FROM millwright_seen AS seen
                        WHERE seen.backend_id = %s AND seen.digest = %s OFFSET 0)""",
            SQL.identifier(alias, "backend_id"),
            self._digest(alias),
        )

    @api.model
    def _remember(self, inbox_ids):
        """Remember the events of inbox rows."""
        self.env.cr.execute(
            SQL(
                """INSERT INTO millwright_seen (backend_id, digest)
                   SELECT backend_id, %s FROM millwright_inbox AS message WHERE id IN %s
                   ON CONFLICT (backend_id, digest) DO NOTHING""",
                self._digest("message"),
                tuple(inbox_ids),
            )
        )
