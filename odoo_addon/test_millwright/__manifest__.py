{
    "name": "Millwright: fault points and fakes for tests",
    "summary": "Lets a test kill Odoo at a named point. Never install this in production.",
    "version": "19.0.1.0.0",
    "category": "Hidden/Tests",
    "author": "Millwright",
    "license": "LGPL-3",
    "depends": ["millwright"],
    "data": ["security/ir.model.access.csv", "security/record_rules.xml"],
}
