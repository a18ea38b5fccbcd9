"""What the migrations of a generated connector call for fields that it adds to records of Odoo.

The promises of `flows.py` hold here too: nothing is dropped, and a call whose work has been done
changes nothing.
"""

from odoo.tools import SQL, sql

from ..tools import adapt
from .messages import adapt_contracts
from .names import rename_prefix, rename_xml_id, set_aside


def rename_record_field(cr, connector, flow, field, to):
    """Give a field that the connector adds to the record of a flow another name."""
    module, name, new = _module(connector), _field(connector, field), _field(connector, to)
    for model in _models(cr, module, name):
        table = model.replace(".", "_")
        if sql.column_exists(cr, table, name):
            sql.rename_column(cr, table, name, new)
        cr.execute("UPDATE ir_model_fields SET name = %s WHERE model = %s AND name = %s", (new, model, name))
        rename_xml_id(cr, module, f"field_{table}__{name}", f"field_{table}__{new}")
        of_module = SQL("module = %s", module)
        rename_prefix(
            cr, "ir_model_data", f"selection__{table}__{name}__", f"selection__{table}__{new}__", of_module
        )
    adapt_contracts(cr, connector, adapt.rename_own_field, flow, name, new)


def archive_record_field(cr, connector, flow, field):
    """Set a field that the connector adds to the record of a flow aside, as `x_removed_<field>`."""
    module, name = _module(connector), _field(connector, field)
    for model in _models(cr, module, name):
        table = model.replace(".", "_")
        if sql.column_exists(cr, table, name):
            set_aside(cr, table, name, "x_removed")
    adapt_contracts(cr, connector, adapt.drop_own_field, flow, name)


def _module(connector):
    return f"millwright_{connector}"


def _field(connector, field):
    return f"millwright_{connector}_{field}"


def _models(cr, module, name):
    """Models of Odoo that this connector has added the field to."""
    cr.execute(
        """SELECT field.model FROM ir_model_fields AS field
             JOIN ir_model_data AS data ON data.model = 'ir.model.fields' AND data.res_id = field.id
            WHERE data.module = %s AND field.name = %s""",
        (module, name),
    )
    return [model for (model,) in cr.fetchall()]
