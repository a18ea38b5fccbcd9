from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL


class MillwrightIdentity(models.Model):
    """Which database this is, as stamped when its first backend was set up: one row.

    A copy carries the stamp of its original along. Until a person confirms the copy, it takes
    nothing in and carries nothing out. Name and oid tell a copy on the same PostgreSQL; on another
    one both may be the same (containers begin to count at the same oid), the cluster's own number
    is not. `database.uuid` is kept for the reader: Odoo changes it only with some ways of copying.
    """

    _name = "millwright.identity"
    _description = "Identity of the database"
    _log_access = False
    _rec_name = "database"

    database = fields.Char(required=True, readonly=True)
    database_oid = fields.Char(string="Database oid", required=True, readonly=True)
    cluster = fields.Char(string="PostgreSQL cluster", required=True, readonly=True)
    database_uuid = fields.Char(string="Database UUID", readonly=True)
    neutralized = fields.Boolean(readonly=True)
    confirmed_at = fields.Datetime(readonly=True)
    confirmed_by = fields.Char(readonly=True)

    _one_row = models.UniqueIndex("((TRUE))")

    @api.model
    def _is_confirmed(self):
        """Whether this database is the one that was stamped, or none was stamped yet.

        Asked anew in each transaction, never remembered: a process may outlive a rename.
        """
        self.flush_model()
        self.env.cr.execute(SQL("SELECT %s", self._is_confirmed_sql()))
        (confirmed,) = self.env.cr.fetchone()
        return confirmed

    @api.model
    def _is_confirmed_sql(self):
        """SQL: the same, for a statement that changes something only here."""
        return SQL(
            """NOT EXISTS (
                   SELECT FROM millwright_identity AS stamp, pg_database AS here, pg_control_system() AS cluster
                    WHERE here.datname = current_database()
                      AND (stamp.neutralized OR stamp.database <> here.datname
                           OR stamp.database_oid <> here.oid::text
                           OR stamp.cluster <> cluster.system_identifier::text))"""
        )

    @api.model
    def _stamp(self):
        """Write down which database this is, unless that is written down already."""
        self.env.cr.execute(
            SQL(
                """INSERT INTO millwright_identity
                          (database, database_oid, cluster, database_uuid, confirmed_at, confirmed_by)
                   SELECT here.datname, here.oid::text, cluster.system_identifier::text, %s, %s, %s
                     FROM pg_database AS here, pg_control_system() AS cluster
                    WHERE here.datname = current_database()
                      AND NOT EXISTS (SELECT FROM millwright_identity)
              ON CONFLICT DO NOTHING""",
                self.env["ir.config_parameter"].sudo().get_param("database.uuid"),
                fields.Datetime.now(),
                self.env.user.login,
            )
        )
        self.invalidate_model()

    @api.model
    def confirm(self, environment=None):
        """Say what this database is, so that it works again.

        :param str environment: the copy's own environment, another than its backends have now; none
            when the database was restored or moved and the one it came from does not run any more
        :raises AccessError: for others than integration managers
        :raises UserError: when nothing is to be confirmed, or a copy would keep an environment
        """
        if not self.env.user.has_group("millwright.group_manager"):
            raise AccessError(self.env._("Only an integration manager confirms a database."))
        if self._is_confirmed():
            raise UserError(self.env._("This database is confirmed already."))
        # The database is confirmed as a whole, so all backends get the name, also those that this
        # manager does not see; hence sudo, behind the check of the role.
        backends_sudo = self.env["millwright.backend"].sudo().search([("environment", "!=", False)])
        environment = (environment or "").strip()
        if environment:
            if environment in backends_sudo.mapped("environment"):
                raise UserError(
                    self.env._(
                        "A backend has the environment “%s” already, and so has the original. Give the copy another.",
                        environment,
                    )
                )
            backends_sudo.environment = environment
        self.env.cr.execute("DELETE FROM millwright_identity")
        self._stamp()
        backends_sudo.invalidate_recordset(["is_confirmed"])
        for backend_sudo in backends_sudo:
            backend_sudo.message_post(
                body=self.env._(
                    "Database %(name)s was confirmed; environment: %(environment)s.",
                    name=self.env.cr.dbname,
                    environment=backend_sudo.environment,
                )
            )
        self.env["millwright.inbox"]._wake()
        return True
