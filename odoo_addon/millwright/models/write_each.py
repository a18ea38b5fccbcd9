"""Other values for each of many rows in one statement, where `write` would be called row by row."""


def write_each(records, vals_list):
    """Write to each record values of its own; all have the same rights, and the caches stay right.

    For columns of models whose `write` does no more than write: it is not passed. What is computed of
    the columns is computed again.

    :param records: each only once
    :param list[dict] vals_list: values by field name as `write` takes them, in the order of the records
    :raises AccessError: as `write` does
    """
    if not records:
        return
    records.check_access("write")
    names = sorted(set().union(*vals_list))
    cache_each(records, vals_list)
    records._write_multi(
        [
            {name: records._fields[name].get_column_update(record) for name in vals}
            for record, vals in zip(records, vals_list, strict=True)
        ]
    )
    if records._log_access:
        records.invalidate_recordset(["write_uid", "write_date"], flush=False)
    records.modified(names)


def cache_each(records, vals_list):
    """Let each record read as if values of its own were written, which is still to be done: nothing writes them by itself.

    Shapes as of `write_each`.
    """
    records.flush_recordset()
    for record, vals in zip(records, vals_list, strict=True):
        for name, value in vals.items():
            field = records._fields[name]
            field._update_cache(record, field.convert_to_cache(value, record))
