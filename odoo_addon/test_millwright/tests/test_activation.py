from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from odoo.addons.millwright.tools.canonical import canonical, contract_hash

from .core import CoreCase
from .fake_contract import fake_contract


def candidate_document():
    """The same contract, but the serial number is read from the name."""
    document = fake_contract(version="1.1.0")
    document["flows"]["asset"]["inputs"]["event"]["fields"]["serial_no"]["from"] = ["event.name"]
    document.pop("hash")
    return {**document, "hash": contract_hash(document)}


@tagged("post_install", "-at_install", "millwright")
class TestActivation(CoreCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        document = candidate_document()
        cls.candidate = cls.env["millwright.contract"].create(
            {
                "connector_id": cls.contract.connector_id.id,
                "version": "1.1.0",
                "hash": document["hash"],
                "document": canonical(document),
            }
        )
        cls.manager = new_test_user(cls.env, "manager", groups="millwright.group_manager")

    def serial(self, row):
        return self.env[row.document_model].browse(row.document_id).serial_no

    # -- deploy is not activate -----------------------------------------------------------

    def test_a_candidate_changes_nothing_until_it_is_chosen_and_a_flip_back_is_the_way_back(self):
        rows = [self.store("ASSET", "a", id="1", name="Press", serial="S")]
        self.run_inbox()
        self.candidate.with_user(self.manager).action_approve()
        rows.append(self.store("ASSET", "b", id="2", name="Saw", serial="T"))
        self.run_inbox()
        for number, contract in (("3", self.candidate), ("4", self.contract)):
            self.backend.with_user(self.manager).contract_id = contract
            rows.append(self.store("ASSET", number, id=number, name="Lathe", serial=f"U{number}"))
            self.run_inbox()
        self.assertEqual([self.serial(row) for row in rows], ["S", "T", "Lathe", "U4"])
        old, new = self.contract.hash, self.candidate.hash
        self.assertEqual([row.contract_hash for row in rows], [old, old, new, old])

    def test_what_was_planned_under_one_is_planned_again_under_the_other_and_never_mixed(self):
        self.candidate.action_approve()
        row = self.store("ASSET", "a", id="1", name="Press", serial="S")
        self.inbox._plan_claimed(*self.claim(row))
        self.assertIn('"S"', row.command)
        self.backend.contract_id = self.candidate
        self.run_inbox()
        self.assertEqual((row.state, row.contract_hash), ("done", self.candidate.hash))
        self.assertEqual(self.serial(row), "Press")

    def claim(self, row):
        row.write({"claim_token": "t", "runner": 0})
        row._set_state("processing", claim_token="t")
        self.env.flush_all()
        return row.ids, "t"

    # -- who approves ---------------------------------------------------------------------

    def test_no_technical_user_approves_whatever_groups_it_was_given(self):
        technical = self.backend.user_id
        with self.assertRaises(AccessError):
            self.candidate.with_user(technical).action_approve()
        technical.sudo().group_ids += self.env.ref("millwright.group_manager")
        with self.assertRaises(AccessError):
            self.candidate.with_user(technical).action_approve()
        technical.sudo().group_ids -= self.env.ref("millwright.group_technical")
        with self.assertRaises(AccessError):
            self.candidate.with_user(technical).action_approve()
        self.assertEqual(self.candidate.state, "candidate")

    def test_an_approval_is_made_by_its_button_alone_and_stays_whose_it_was(self):
        operator = new_test_user(self.env, "operator", groups="millwright.group_operator")
        with self.assertRaises(AccessError):
            self.candidate.with_user(operator).action_approve()
        with self.assertRaises(AccessError):
            self.candidate.with_user(self.manager).write({"state": "approved"})
        self.candidate.with_user(self.manager).action_approve()
        other = new_test_user(self.env, "other", groups="millwright.group_manager")
        self.candidate.with_user(other).action_approve()
        self.assertEqual(self.candidate.approved_by_id, self.manager)

    def test_from_a_record_to_who_approved_and_back(self):
        self.candidate.with_user(self.manager).action_approve()
        self.backend.contract_id = self.candidate
        row = self.store("ASSET", "a", id="1", name="Press")
        self.run_inbox()
        equipment = self.env[row.document_model].browse(row.document_id)
        as_manager = equipment.with_user(self.manager)
        message = self.inbox.search(as_manager.action_open_millwright_messages()["domain"])
        self.assertEqual(message, row)
        self.assertEqual(message.contract_id, self.candidate)
        self.assertEqual(message.contract_approved_by_id, self.manager)
        audit = self.env["millwright.audit"].search(
            message.with_user(self.manager).action_open_audit()["domain"]
        )
        self.assertEqual((audit.contract_id, audit.contract_approved_by_id), (self.candidate, self.manager))
        self.assertTrue(audit.contract_approved_at)
        back = self.env["millwright.audit"].search(self.candidate.action_open_audit()["domain"])
        self.assertEqual((back.record_model, back.record_ref), (equipment._name, equipment.id))
        self.assertEqual(self.inbox.search(self.candidate.action_open_messages()["domain"]), row)
