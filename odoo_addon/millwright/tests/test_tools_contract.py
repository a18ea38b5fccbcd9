import json
from pathlib import Path

from odoo.tests import BaseCase, tagged

from ..tools.canonical import contract_hash
from ..tools.contract_reader import compile_contract
from ..tools.errors import ContractError
from .tools_common import contract

FIELDS = "flows.machine.inputs.saved.fields"
BOOKED = "flows.usage.inputs.booked"

# path in the document, value to put there (None: remove), what the problem has to name
WRONG = [
    ("contract", 2, "version 2"),
    ("hooks", {}, "unknown key 'hooks'"),
    ("flows.machine.kind", "spaceship", "unknown kind 'spaceship'"),
    ("flows.machine.lane", "express", "'express'"),
    ("flows.machine.delete", "forget", "'forget'"),
    ("flows.usage.shortage", "borrow", "'borrow'"),
    ("flows.usage.on_dead", "wait", "'wait'"),
    ("events.job.saved.code", "x", "unknown key 'code'"),
    ("flows.machine.script", "x", "unknown key 'script'"),
    ("flows.machine.plant", [{"guess": True}], "unknown key 'guess'"),
    ("flows.machine.columns.site.type", "html", "'html'"),
    ("flows.machine.inputs.saved.role", "post", "unknown value 'post'"),
    ("flows.machine.inputs.saved.key", [], "role apply needs key"),
    ("flows.machine.inputs.saved.on", ["machine.gone"], "events.machine.gone"),
    ("flows.machine.inputs.saved.record", "event.machine", "expected a list"),
    ("flows.machine.inputs.saved.archive_when", [{"path": "record.a"}], "expected path and one of"),
    ("flows.machine.inputs.saved.eval", "1", "unknown key 'eval'"),
    (f"{FIELDS}.colour", {"type": "text", "from": ["record.a"]}, "unknown key 'colour'"),
    (f"{FIELDS}.name.type", "html", "type 'html', expected 'text'"),
    (f"{FIELDS}.name.python", "1", "unknown key 'python'"),
    (f"{FIELDS}.name.from", ["env.user"], "unknown scope 'env'"),
    (f"{FIELDS}.name.from", None, "expected one of from, value, assume"),
    (f"{FIELDS}.name.absent", "guess", "'guess'"),
    (f"{FIELDS}.cost.currency", "EUR", "'EUR'"),
    (f"{FIELDS}.effective_date.time_zone", "Mars/Base", "'Mars/Base'"),
    (f"{FIELDS}.category.by", "colour", "'colour'"),
    ("flows.job.inputs.saved.fields.status.map.new", "born", "'born'"),
    ("flows.job.inputs.saved.fields.priority.else_value", "urgent", "'urgent'"),
    ("flows.job.inputs.saved.fields.type.otherwise", "maybe", "'maybe'"),
    ("flows.job.inputs.saved.fields.planned_hours.unit", "days", "'days'"),
    (f"{BOOKED}.line_key", [], "the place in a list is no identity"),
    (f"{BOOKED}.fields.part", None, "needs 'part'"),
    (f"{BOOKED}.fields.quantity.sign", None, "null, expected one of"),
    (f"{BOOKED}.fields.quantity.zero", "double", "'double'"),
    ("flows.usage.inputs.sum.lines", None, "role check needs lines"),
    ("events.usage.booked", None, "events.usage.booked"),
]


def changed(document, path, value):
    """Set or remove one value; keys may contain dots (event names), so the longest key wins."""
    steps = path.split(".")
    place = document
    while True:
        size = next((n for n in range(len(steps), 0, -1) if ".".join(steps[:n]) in place), 1)
        key, steps = ".".join(steps[:size]), steps[size:]
        if not steps:
            break
        place = place[key]
    if value is None:
        del place[key]
    else:
        place[key] = value
    return document


@tagged("post_install", "-at_install", "millwright")
class TestToolsContract(BaseCase):
    def test_sample_contract_is_fine(self):
        compiled = compile_contract(contract())
        self.assertEqual(compiled.events["job.closed"], ("job", "usage"))
        self.assertEqual([item.name for item in compiled.flows["job"].inputs], ["dropped", "saved"])

    def test_everything_unknown_is_named(self):
        for path, value, message in WRONG:
            with self.subTest(path=path, value=value), self.assertRaises(ContractError) as caught:
                compile_contract(changed(contract(), path, value))
            self.assertIn(message, "\n".join(caught.exception.problems))

    def test_all_problems_are_told_at_once(self):
        document = changed(contract(), "flows.machine.lane", "express")
        document = changed(document, f"{FIELDS}.name.python", "1")
        with self.assertRaises(ContractError) as caught:
            compile_contract(document)
        self.assertEqual(len(caught.exception.problems), 2)

    def test_generated_contracts_beside_this_addon_can_be_run(self):
        addons = Path(__file__).resolve().parents[2]
        for path in sorted(addons.glob("millwright_*/contract.json")):
            with self.subTest(addon=path.parent.name):
                document = json.loads(path.read_text(encoding="utf-8"))
                self.assertEqual(contract_hash(document), document["hash"])
                self.assertEqual(set(compile_contract(document).flows), set(document["flows"]))

    def test_what_is_no_contract_is_refused(self):
        for document in (None, [], {}, "x", {"contract": 1}):
            with self.subTest(document=document), self.assertRaises(ContractError):
                compile_contract(document)
