import io

from odoo.tools.translate import trans_export

HEADER = """# Texts of the addon {module}, for translators. Made by Odoo from what is installed; see scripts/README.md.
msgid ""
msgstr ""
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: \\n"
"""


def template(env, module):
    """The template for translators of an installed addon, without dates and versions.

    Odoo counts what models of other addons inherit from it among its texts; that depends on which are installed.
    """
    buffer = io.BytesIO()
    trans_export(False, [module], buffer, "po", env)
    _header, _blank, text = buffer.getvalue().decode().partition("\n\n")
    foreign = tuple(
        f"{module}.{prefix}{table}__"
        for table in _foreign_tables(env, module)
        for prefix in ("field_", "selection__")
    )
    entries = [_without(entry, foreign) for entry in text.strip().split("\n\n")]
    return "\n\n".join([HEADER.format(module=module).rstrip(), *filter(None, entries)]) + "\n"


def _foreign_tables(env, module):
    """Tables, as ids spell them, of models that the addon neither makes nor extends."""
    names = env["ir.model.data"].search([("module", "=", module), ("model", "=", "ir.model")]).mapped("name")
    tables = {model.replace(".", "_") for model in env["ir.model"].search([]).mapped("model")}
    return tables - {name.removeprefix("model_") for name in names}


def _without(entry, foreign):
    """An entry with a line for each of its places but those; empty when none is left."""
    lines = entry.split("\n")
    places = [place for line in lines if line.startswith("#: ") for place in line[3:].split()]
    left = [f"#: {place}" for place in places if not place.rpartition(":")[2].startswith(foreign)]
    rest = [line for line in lines if not line.startswith("#: ")]
    head = [line for line in rest if line.startswith("#")]
    return "\n".join([*head, *left, *rest[len(head) :]]) if left else ""
