"""The name of a flow in what the runtime keeps: messages, routes, conflicts, and the contracts of before."""

import json

from odoo.tools import SQL

from ..tools.canonical import canonical

# Tables of the runtime whose rows name a flow of a backend. The audit is not among them: it stays as it was written.
FLOW_TABLES = (
    "millwright_inbox",
    "millwright_outbox",
    "millwright_remote_state",
    "millwright_conflict",
    "millwright_discrepancy",
    "millwright_incident",
    "millwright_retention_hold",
    "millwright_route",
)


def rename_in_messages(cr, connector, flow, to):
    """Wherever a row names the flow. Our keys at the other side stay: under new ones all would be made there again."""
    names = {
        "flow": flow,
        "to": to,
        "connector": connector,
        "backends": SQL(
            """SELECT backend.id FROM millwright_backend AS backend
                 JOIN millwright_connector AS connector ON connector.id = backend.connector_id
                WHERE connector.code = %s""",
            connector,
        ),
        "written": f'"flow":{json.dumps(flow)}',
        "rewritten": f'"flow":{json.dumps(to)}',
    }
    statements = (
        # The id of a command holds its flow: a message that is planned again has to find its commands.
        """UPDATE millwright_inbox AS child
              SET event_id = parent.event_id || '/' || %(to)s
                             || substr(child.event_id, length(parent.event_id || '/' || %(flow)s) + 1)
             FROM millwright_inbox AS parent
            WHERE child.parent_id = parent.id AND child.backend_id IN (%(backends)s)
              AND starts_with(child.event_id, parent.event_id || '/' || %(flow)s || '.')""",
        # A quote inside of a value is escaped, so that this text can only be the command's own key.
        """UPDATE millwright_inbox SET command = replace(command, %(written)s, %(rewritten)s)
            WHERE flow = %(flow)s AND command IS NOT NULL AND state NOT IN ('done', 'ignored')
              AND backend_id IN (%(backends)s)""",
        """UPDATE millwright_inbox SET wait_key = %(to)s || substr(wait_key, length(%(flow)s) + 1)
            WHERE wait_kind = 'route' AND starts_with(wait_key, %(flow)s || '/')
              AND backend_id IN (%(backends)s)""",
    )
    for statement in statements:
        cr.execute(SQL(statement, **names))
    rename = "UPDATE %(table)s SET flow = %(to)s WHERE flow = %(flow)s AND backend_id IN (%(backends)s)"
    for table in FLOW_TABLES:
        cr.execute(SQL(rename, table=SQL.identifier(table), **names))


def adapt_contracts(cr, connector, change, *names):
    """Let the contracts of before, one of which a backend may still run, say the names of now."""
    cr.execute(
        """SELECT contract.id, COALESCE(contract.names_document, contract.document)
             FROM millwright_contract AS contract
             JOIN millwright_connector AS connector ON connector.id = contract.connector_id
            WHERE connector.code = %s""",
        (connector,),
    )
    for contract_id, text in cr.fetchall():
        document = json.loads(text)
        change(document, *names)
        cr.execute(
            "UPDATE millwright_contract SET names_document = %s WHERE id = %s AND document != %s",
            (canonical(document), contract_id, canonical(document)),
        )
