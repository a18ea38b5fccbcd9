"""How the values of a column become values of another type."""

from odoo.tools import SQL

COLUMN_TYPES = {
    "text": "varchar",
    "integer": "int4",
    "decimal": "float8",
    "boolean": "bool",
    "datetime": "timestamp",
    "date": "date",
}
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


def convert(cr, table, former, column, origin, to):
    """Fill `column` of type `to` from `former` of type `origin`; it stays empty where no value has a counterpart."""
    if (origin, to) in _CASTS:
        _fill(cr, table, former, column, _CASTS[origin, to])


def _fill(cr, table, former, column, cast):
    cr.execute(
        SQL(
            "UPDATE %s SET %s = %s WHERE %s IS NOT NULL",
            SQL.identifier(table),
            SQL.identifier(column),
            SQL(cast, v=SQL.identifier(former)),
            SQL.identifier(former),
        )
    )


def count_lost(cr, table, former, column):
    cr.execute(
        SQL(
            "SELECT count(*) FROM %s WHERE %s IS NOT NULL AND %s IS NULL",
            SQL.identifier(table),
            SQL.identifier(former),
            SQL.identifier(column),
        )
    )
    return cr.fetchone()[0]


def keeps_everything(origin, to):
    """Whether the value in the new type says all that it said in the former one."""
    return to == "text" or (origin, to) in {("integer", "decimal"), ("date", "datetime")}
