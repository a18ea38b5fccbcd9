{
    "name": "Millwright lint scope",
    "version": "19.0.1.0.0",
    "summary": "Narrows Odoo's own lint suite to our addons; loaded by --load, never installed",
    "author": "Millwright",
    "license": "LGPL-3",
    "depends": ["base"],
    "post_load": "narrow",
}
