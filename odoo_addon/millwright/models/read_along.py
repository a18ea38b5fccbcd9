"""Columns read along with a statement that needs the rows anyway, where `fetch` would send one of its own.

Rights are not asked for: for what runs as superuser.
"""

from odoo.tools import SQL


def read_together(records):
    """Names of the columns that Odoo reads with any of them."""
    fields = records._fields.items()
    return [name for name, field in fields if field.store and field.column_type and field.prefetch is True]


def columns_of(records, alias, names):
    """SQL of columns by the names of their fields, as `fetch` selects them.

    The caller flushes what the statement shall see.

    :param str alias: of the table in the statement
    """
    return SQL(", ").join(records._field_to_sql(alias, name) for name in names)


def note_read(records, names, rows):
    """Put what such columns held into the cache. What is there already stays, as after `fetch`.

    :param names: as given to `columns_of`
    :param rows: the values of each record, in the order of the records
    """
    for index, name in enumerate(names):
        records._fields[name]._insert_cache(records, [row[index] for row in rows])
