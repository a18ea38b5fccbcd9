"""What the migrations of a generated connector call for its flows.

Each function takes names of the spec and brings a database from one release's names to the next. All of
them keep data: what goes away is set aside under another name, never dropped. A call whose work has been
done changes nothing, so that an upgrade that broke off can be run again. The module's data are loaded
afterwards, on top of the renamed records.
"""

import logging
from functools import partial

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL, sql

from ..tools import adapt
from .messages import adapt_contracts, rename_in_messages
from .names import free_name, rename_model, rename_table, rename_xml_id, set_aside
from .values import COLUMN_TYPES, convert, count_lost, keeps_everything

_logger = logging.getLogger(__name__)


def rename_flow(cr, connector, flow, to):
    """Give a flow, its model, table, rows, messages and routes another name."""
    table, new_table = _table(connector, flow), _table(connector, to)
    if not sql.table_exists(cr, table):
        return
    rename_table(cr, table, new_table)
    rename_model(cr, _model(connector, flow), _model(connector, to), _module(connector))
    rename_in_messages(cr, connector, flow, to)
    adapt_contracts(cr, connector, adapt.rename_flow, flow, to, _model(connector, to))


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
    convert(cr, table, former, column, origin, to)
    lost = count_lost(cr, table, former, column)
    if not lost and keeps_everything(origin, to):
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
    rename_table(cr, table, free_name(f"x_removed_{table}", partial(sql.table_exists, cr)))
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
