"""What the migrations of a generated connector call for its flows.

Each function takes names of the spec and brings a database from one release's names to the next. All of
them keep data: what goes away is set aside under another name, never dropped. A call whose work has been
done changes nothing, so that an upgrade that broke off can be run again. The module's data are loaded
afterwards, on top of the renamed records.
"""

import json
import logging
from functools import partial

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL, sql

from ..tools import adapt
from ..tools.canonical import canonical

_logger = logging.getLogger(__name__)

MAX_IDENTIFIER = 63
COLUMN_TYPES = {
    "text": "varchar",
    "integer": "int4",
    "decimal": "float8",
    "boolean": "bool",
    "datetime": "timestamp",
    "date": "date",
}
# Columns that name a model, beside Odoo's own registry of models and fields.
MODEL_REFERENCES = (
    ("ir_model_data", "model"),
    ("ir_model_fields", "model"),
    ("ir_model_fields", "relation"),
    ("ir_ui_view", "model"),
    ("ir_act_window", "res_model"),
    ("ir_filters", "model_id"),
    ("ir_exports", "resource"),
    ("ir_attachment", "res_model"),
    ("mail_message", "model"),
    ("mail_followers", "res_model"),
    ("mail_activity", "res_model"),
    ("millwright_inbox", "integration_model"),
)
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
# How a value becomes one of another type; `%(v)s` is the column. What does not fit becomes NULL.
_CASTS = {
    ("boolean", "text"): "CASE WHEN %(v)s THEN 'true' ELSE 'false' END",
    ("datetime", "text"): "to_char(%(v)s, 'YYYY-MM-DD HH24:MI:SS')",
    ("date", "text"): "to_char(%(v)s, 'YYYY-MM-DD')",
    ("integer", "text"): "%(v)s::varchar",
    ("decimal", "text"): "%(v)s::varchar",
    ("text", "integer"): "CASE WHEN %(v)s ~ '^[+-]?[0-9]{1,9}$' THEN %(v)s::int4 END",
    ("text", "decimal"): "CASE WHEN %(v)s ~ '^[+-]?[0-9]{1,15}([.][0-9]{1,15})?$' THEN %(v)s::float8 END",
    ("text", "boolean"): "CASE lower(%(v)s) WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END",
    ("decimal", "integer"): "CASE WHEN %(v)s = trunc(%(v)s) AND abs(%(v)s) < 2147483648 THEN %(v)s::int4 END",
    ("integer", "decimal"): "%(v)s::float8",
    ("integer", "boolean"): "CASE %(v)s WHEN 1 THEN TRUE WHEN 0 THEN FALSE END",
    ("boolean", "integer"): "CASE WHEN %(v)s THEN 1 ELSE 0 END",
    ("boolean", "decimal"): "CASE WHEN %(v)s THEN 1 ELSE 0 END",
    ("date", "datetime"): "%(v)s::timestamp",
    ("datetime", "date"): "CASE WHEN %(v)s = date_trunc('day', %(v)s) THEN %(v)s::date END",
}


def rename_flow(cr, connector, flow, to):
    """Give a flow, its model, table, rows, messages and routes another name."""
    table, new_table = _table(connector, flow), _table(connector, to)
    if not sql.table_exists(cr, table):
        return
    _rename_table(cr, table, new_table)
    _rename_model(cr, _model(connector, flow), _model(connector, to), _module(connector))
    _rename_in_messages(cr, connector, flow, to)
    adapt_contracts(cr, connector, adapt.rename_flow, flow, to, _model(connector, to))


def rename_xml_id(cr, module, name, to):
    """Let a record of the addon's data be known by another XML id, so that loading finds it again."""
    cr.execute(
        """UPDATE ir_model_data AS target SET name = %(to)s
            WHERE module = %(module)s AND name = %(name)s AND NOT EXISTS (
                  SELECT 1 FROM ir_model_data WHERE module = %(module)s AND name = %(to)s)""",
        {"module": module, "name": name, "to": to},
    )


def rename_column(cr, connector, flow, column, to):
    """Give a column of a flow another name."""
    table, module = _table(connector, flow), _module(connector)
    if not sql.column_exists(cr, table, column):
        return
    sql.rename_column(cr, table, column, to)
    cr.execute(
        "UPDATE ir_model_fields SET name = %s WHERE model = %s AND name = %s",
        (to, _model(connector, flow), column),
    )
    rename_xml_id(cr, module, f"field_{table}__{column}", f"field_{table}__{to}")
    adapt_contracts(cr, connector, adapt.rename_column, flow, column, to)


def retype_column(cr, connector, flow, column, to):
    """Give a column of a flow another type, and its values with it.

    Where a value might be lost the former column stays as `x_former_<column>`, and the log says how many
    values have no counterpart.
    """
    table = _table(connector, flow)
    found = sql.table_columns(cr, table).get(column)
    types = {udt: name for name, udt in COLUMN_TYPES.items()}
    origin = types.get(found["udt_name"]) if found else None
    if not origin or origin == to:
        return
    former = set_aside(cr, table, column, "x_former")
    sql.create_column(cr, table, column, COLUMN_TYPES[to])
    _convert(cr, table, former, column, _CASTS.get((origin, to)))
    lost = _count_lost(cr, table, former, column)
    if not lost and _keeps_everything(origin, to):
        cr.execute(SQL("ALTER TABLE %s DROP COLUMN %s", SQL.identifier(table), SQL.identifier(former)))
    elif lost:
        _logger.info("%s.%s: %s values are no %s; they stay in %s", table, column, lost, to, former)
    adapt_contracts(cr, connector, adapt.retype_column, flow, column, to)


def archive_column(cr, connector, flow, column):
    """Set a column of a flow aside as `x_removed_<column>`: nothing shows it, nothing is lost."""
    table = _table(connector, flow)
    if not sql.column_exists(cr, table, column):
        return
    set_aside(cr, table, column, "x_removed")
    adapt_contracts(cr, connector, adapt.drop_column, flow, column)


def archive_flow(cr, connector, flow):
    """Set the table of a flow aside as `x_removed_<table>`, bound to nothing any more."""
    table, model = _table(connector, flow), _model(connector, flow)
    if not sql.table_exists(cr, table):
        return
    cr.execute("SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'", (table,))
    for (name,) in cr.fetchall():
        sql.drop_constraint(cr, table, name)
    _rename_table(cr, table, _free_name(f"x_removed_{table}", partial(sql.table_exists, cr)))
    cr.execute(
        """UPDATE millwright_inbox SET integration_model = NULL, integration_id = NULL
            WHERE integration_model = %s""",
        (model,),
    )
    adapt_contracts(cr, connector, adapt.drop_flow, flow)


def close_flow(cr, connector, flow):
    """End the messages of a flow that is gone; called once the registry is there."""
    inbox = api.Environment(cr, SUPERUSER_ID, {})["millwright.inbox"]
    rows = inbox.search(
        [
            ("backend_id.connector_id.code", "=", connector),
            ("flow", "=", flow),
            ("fanned_out", "=", False),
            ("state", "in", ("pending", "processing", "held", "dead")),
        ]
    )
    rows._set_state(
        "ignored",
        code="flow_removed",
        last_error=inbox.env._("The flow %s was removed from the connector.", flow),
    )


def _module(connector):
    return f"millwright_{connector}"


def _model(connector, flow):
    return f"millwright.{connector}.{flow}"


def _table(connector, flow):
    return f"millwright_{connector}_{flow}"


def _rename_table(cr, table, to):
    """With the constraints, indexes and sequence that are named after it, where the new name is not too long."""
    cr.execute(
        """SELECT 'TABLE', conname FROM pg_constraint WHERE conrelid = %(table)s::regclass
            UNION ALL
           SELECT 'INDEX', relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
            WHERE indrelid = %(table)s::regclass AND NOT EXISTS (
                  SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)
            UNION ALL
           SELECT 'SEQUENCE', relname FROM pg_class WHERE relname = %(table)s || '_id_seq'""",
        {"table": table},
    )
    for sort, name in cr.fetchall():
        new = to + name.removeprefix(table)
        if name.startswith(f"{table}_") and len(new) <= MAX_IDENTIFIER:
            cr.execute(_rename_statement(sort, table, name, new))
    cr.execute(SQL("ALTER TABLE %s RENAME TO %s", SQL.identifier(table), SQL.identifier(to)))


def _rename_statement(sort, table, name, to):
    old, new = SQL.identifier(name), SQL.identifier(to)
    if sort == "TABLE":
        return SQL("ALTER TABLE %s RENAME CONSTRAINT %s TO %s", SQL.identifier(table), old, new)
    if sort == "INDEX":
        return SQL("ALTER INDEX %s RENAME TO %s", old, new)
    return SQL("ALTER SEQUENCE %s RENAME TO %s", old, new)


def _rename_model(cr, model, to, module):
    """In Odoo's registry of models, fields, constraints and XML ids, and wherever a model is named."""
    cr.execute("UPDATE ir_model SET model = %s WHERE model = %s", (to, model))
    for table, column in MODEL_REFERENCES:
        if sql.column_exists(cr, table, column):
            cr.execute(
                SQL(
                    "UPDATE %(table)s SET %(column)s = %(to)s WHERE %(column)s = %(model)s",
                    table=SQL.identifier(table),
                    column=SQL.identifier(column),
                    to=to,
                    model=model,
                )
            )
    name, new = model.replace(".", "_"), to.replace(".", "_")
    of_model = SQL("model = (SELECT id FROM ir_model WHERE model = %s)", to)
    of_constraints = SQL(
        "model = 'ir.model.constraint' AND res_id IN (SELECT id FROM ir_model_constraint WHERE %s)", of_model
    )
    of_module = SQL("module = %s", module)
    rename_prefix(cr, "ir_model_data", f"constraint_{name}_", f"constraint_{new}_", of_constraints)
    rename_prefix(cr, "ir_model_constraint", f"{name}_", f"{new}_", of_model)
    for prefix in ("field_", "selection__"):
        rename_prefix(cr, "ir_model_data", f"{prefix}{name}__", f"{prefix}{new}__", of_module)
    rename_xml_id(cr, module, f"model_{name}", f"model_{new}")


def rename_prefix(cr, table, prefix, to, condition):
    cr.execute(
        SQL(
            """UPDATE %(table)s SET name = %(to)s || substr(name, %(length)s)
                WHERE starts_with(name, %(prefix)s) AND %(condition)s""",
            table=SQL.identifier(table),
            to=to,
            length=len(prefix) + 1,
            prefix=prefix,
            condition=condition,
        )
    )


def _rename_in_messages(cr, connector, flow, to):
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


def set_aside(cr, table, column, prefix):
    name = _free_name(f"{prefix}_{column}", partial(sql.column_exists, cr, table))
    sql.rename_column(cr, table, column, name)
    return name


def _free_name(name, is_taken):
    """A name that nothing has yet: an earlier release may have set aside one of the same name."""
    name, number = name[:MAX_IDENTIFIER], 2
    free = name
    while is_taken(free):
        free = f"{name[: MAX_IDENTIFIER - 4]}_{number}"
        number += 1
    return free


def _convert(cr, table, former, column, cast):
    """`cast` is one of the constants above, or nothing where no value has a counterpart."""
    if cast:
        cr.execute(
            SQL(
                "UPDATE %s SET %s = %s WHERE %s IS NOT NULL",
                SQL.identifier(table),
                SQL.identifier(column),
                SQL(cast, v=SQL.identifier(former)),
                SQL.identifier(former),
            )
        )


def _count_lost(cr, table, former, column):
    cr.execute(
        SQL(
            "SELECT count(*) FROM %s WHERE %s IS NOT NULL AND %s IS NULL",
            SQL.identifier(table),
            SQL.identifier(former),
            SQL.identifier(column),
        )
    )
    return cr.fetchone()[0]


def _keeps_everything(origin, to):
    """Whether the value in the new type says all that it said in the former one."""
    return to == "text" or (origin, to) in {("integer", "decimal"), ("date", "datetime")}
