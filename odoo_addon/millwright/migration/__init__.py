"""What the migrations of a generated connector call: `flows.py` for its own models, `records.py` for fields that
it adds to records of Odoo.
"""

from .flows import (
    archive_column,
    archive_flow,
    close_flow,
    rename_column,
    rename_flow,
    rename_xml_id,
    retype_column,
)
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
