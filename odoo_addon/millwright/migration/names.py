"""What PostgreSQL and Odoo's registry call a table and a model, and how they come to be called otherwise."""

from functools import partial

from odoo.tools import SQL, sql

MAX_IDENTIFIER = 63
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


def rename_xml_id(cr, module, name, to):
    """Let a record of the addon's data be known by another XML id, so that loading finds it again."""
    cr.execute(
        """UPDATE ir_model_data AS target SET name = %(to)s
            WHERE module = %(module)s AND name = %(name)s AND NOT EXISTS (
                  SELECT 1 FROM ir_model_data WHERE module = %(module)s AND name = %(to)s)""",
        {"module": module, "name": name, "to": to},
    )


def rename_table(cr, table, to):
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


def rename_model(cr, model, to, module):
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


def set_aside(cr, table, column, prefix):
    name = free_name(f"{prefix}_{column}", partial(sql.column_exists, cr, table))
    sql.rename_column(cr, table, column, name)
    return name


def free_name(name, is_taken):
    """A name that nothing has yet: an earlier release may have set aside one of the same name."""
    name, number = name[:MAX_IDENTIFIER], 2
    free = name
    while is_taken(free):
        free = f"{name[: MAX_IDENTIFIER - 4]}_{number}"
        number += 1
    return free
