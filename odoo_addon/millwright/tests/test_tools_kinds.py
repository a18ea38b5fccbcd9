import json

from odoo.tests import BaseCase, tagged

from ..tools.kinds import KINDS, as_document
from .tools_common import FIXTURES


@tagged("post_install", "-at_install", "millwright")
class TestToolsKinds(BaseCase):
    def test_registry_equals_the_one_of_the_generator(self):
        text = (FIXTURES / "contract" / "kinds.json").read_text(encoding="utf-8")
        self.assertEqual(as_document(), json.loads(text))

    def test_rules_of_order_name_only_keys_and_refs(self):
        for kind in KINDS.values():
            refs = {name for name, field in kind.fields.items() if field.type == "ref"}
            known = dict.fromkeys(refs | {"key"}, "x")
            for template in (*kind.ordering.values(), kind.group, *kind.shard.values()):
                with self.subTest(kind=kind.name, template=template):
                    self.assertNotIn("{", template.format_map(known))
            self.assertEqual(set(kind.ordering), set(kind.roles))
            self.assertLessEqual(set(kind.line_fields), set(kind.fields))

    def test_what_a_new_record_needs(self):
        self.assertEqual(KINDS["work_order"].required(), ("name", "status"))
        self.assertEqual(KINDS["parts_consumption"].required(), ("work_order", "part", "quantity"))
