{
    "name": "Millwright: an extension, for tests",
    "summary": "What a customer adds to a generated connector, in an addon of its own that no generation touches.",
    "version": "19.0.1.0.0",
    "category": "Hidden/Tests",
    "author": "Millwright",
    "license": "LGPL-3",
    "depends": ["millwright_atlas"],
    "data": ["views/asset_views.xml"],
}
