"""What the migrations of a generated connector call: `flows.py` for its own models, `records.py` for fields that
it adds to records of Odoo. Beneath them: `names.py` (tables, models, XML ids), `values.py` (types) and `messages.py`
(what the runtime keeps).
"""

from .flows import (
    archive_column,
    archive_flow,
    close_flow,
    rename_column,
    rename_flow,
    retype_column,
)
from .names import rename_xml_id
from .records import archive_record_field, rename_record_field

__all__ = [
    "archive_column",
    "archive_flow",
    "archive_record_field",
    "close_flow",
    "rename_column",
    "rename_flow",
    "rename_record_field",
    "rename_xml_id",
    "retype_column",
]
