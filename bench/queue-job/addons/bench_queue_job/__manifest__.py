{
    "name": "Jobs of the bench",
    "summary": "What the peer queue_job carries out; never shipped",
    "version": "19.0.1.0.0",
    "category": "Hidden",
    "author": "Millwright",
    "license": "LGPL-3",
    "depends": ["millwright_atlas", "queue_job"],
}
