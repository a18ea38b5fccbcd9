{
    "name": "Millwright: fault points and fakes for tests",
    "summary": "Lets a test kill Odoo at a named point. Never install this in production.",
    "version": "19.0.1.0.0",
    "category": "Hidden/Tests",
    "author": "Millwright",
    "license": "LGPL-3",
    "depends": ["millwright"],
    # Debian's package of Odoo leaves this library out, and a tour fails for each file that is missing.
    "assets": {
        "web.assets_backend": [("remove", "mail/static/lib/selfie_segmentation/selfie_segmentation.js")],
    },
    "data": ["security/ir.model.access.csv", "security/record_rules.xml"],
}
