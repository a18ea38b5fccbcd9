import json

from odoo.tests import HttpCase, tagged

from .core import CoreCase, CoreMixin


@tagged("post_install", "-at_install", "millwright")
class TestIntake(CoreCase):
    def answer(self, **changes):
        event = {**self.cloud_event("USED", "e1", order="9", part="S1", quantity=1), **changes}
        return self.inbox._store(self.backend, [event])[0]

    def test_an_event_is_stored_once_and_its_repeat_is_a_duplicate(self):
        event = self.cloud_event("USED", "e1", order="9", part="S1", quantity=1)
        first = self.inbox._store(self.backend, [event, event])
        again = self.inbox._store(self.backend, [event])
        self.assertEqual([result["status"] for result in first], ["accepted", "duplicate"])
        self.assertEqual(again[0]["status"], "duplicate")
        self.assertEqual(self.inbox.search_count([("event_id", "=", "e1")]), 1)

    def test_two_backends_may_use_the_same_event_id(self):
        other = self.backend.copy({"code": "fake-2", "user_id": False})
        self.inbox._store(self.backend, [self.cloud_event("USED", "e1", order="9")])
        event = {**self.cloud_event("USED", "e1", order="9"), "source": "/millwright/fake-2"}
        self.assertEqual(self.inbox._store(other, [event])[0]["status"], "accepted")

    def test_one_bad_event_never_spoils_its_batch(self):
        good = self.cloud_event("USED", "good", order="9", part="S1", quantity=1)
        results = self.inbox._store(self.backend, [None, {"id": "x"}, good, {**good, "id": ""}])
        self.assertEqual(
            [result["status"] for result in results], ["rejected", "rejected", "accepted", "rejected"]
        )
        self.assertTrue(all(result["remedy"] for result in results if result["status"] == "rejected"))

    def test_every_kind_of_bad_event_has_its_code(self):
        cases = [
            ({"specversion": "0.3"}, "specversion"),
            ({"id": 7}, "attribute_missing"),
            ({"id": "nul\x00"}, "attribute_missing"),
            ({"id": "half \ud800"}, "attribute_missing"),
            ({"id": "x" * 201}, "attribute_too_long"),
            ({"subject": 7}, "attribute_type"),
            ({"source": "/millwright/other"}, "wrong_source"),
            ({"lane": "express"}, "unknown_lane"),
            ({"time": "yesterday"}, "bad_time"),
            ({"time": "2026-09-01T08:00:00"}, "bad_time"),
            ({"data": []}, "data_missing"),
            ({"data": {"event": "USED"}}, "data_missing"),
        ]
        for changes, code in cases:
            with self.subTest(changes=changes):
                answer = self.answer(**changes)
                self.assertEqual((answer["status"], answer["code"]), ("rejected", code))
        self.assertFalse(self.inbox.search([("backend_id", "=", self.backend.id)]))

    def test_a_disabled_backend_holds_and_lets_go_when_enabled(self):
        self.backend.enabled = False
        self.assertEqual(self.answer()["status"], "held")
        self.run_inbox()
        row = self.inbox.search([("event_id", "=", "e1")])
        self.assertEqual((row.state, row.code), ("held", "backend_disabled"))
        self.backend.enabled = True
        self.run_inbox()
        self.assertNotEqual(row.code, "backend_disabled")

    def test_an_unapproved_contract_holds_until_it_is_approved(self):
        answer = self.answer(dataschema="urn:millwright:fake:2.0.0:sha256:beef")
        self.assertEqual((answer["status"], answer["code"]), ("held", "contract_unapproved"))
        self.run_inbox()
        row = self.inbox.search([("event_id", "=", "e1")])
        self.assertEqual(row.state, "held")
        candidate = self.contract.copy({"hash": "sha256:beef", "version": "2.0.0", "state": "candidate"})
        candidate.action_approve()
        self.run_inbox()
        self.assertNotEqual(row.code, "contract_unapproved")


@tagged("post_install", "-at_install", "millwright")
class TestEndpoint(CoreMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_backend()
        cls.key = cls.backend.issue_key("test")

    def post(self, body, key=None, content_type="application/cloudevents-batch+json", code="fake-1"):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": content_type}
        if key != "":
            headers["Authorization"] = f"Bearer {key or self.key}"
        return self.url_open(f"/millwright/v1/{code}/events", data=data, headers=headers)

    def assertRefused(self, response, status, code):
        self.assertEqual((response.status_code, response.json()["error"]["code"]), (status, code))
        self.assertTrue(response.json()["error"]["remedy"])

    def test_a_batch_is_stored_and_answered_event_by_event(self):
        response = self.post([self.cloud_event("USED", "e1", order="9"), {}])
        self.assertEqual(response.status_code, 200)
        self.assertEqual(
            [result["status"] for result in response.json()["results"]], ["accepted", "rejected"]
        )
        self.assertEqual(self.inbox.search([("event_id", "=", "e1")]).state, "pending")

    def test_the_same_batch_again_is_all_duplicates(self):
        batch = [self.cloud_event("USED", f"e{number}", order="9") for number in range(3)]
        self.post(batch)
        statuses = {result["status"] for result in self.post(batch).json()["results"]}
        self.assertEqual(statuses, {"duplicate"})

    def test_without_a_key_or_with_a_wrong_one_nothing_is_taken(self):
        self.assertRefused(self.post([], key=""), 401, "no_key")
        self.assertRefused(self.post([], key="0" * 40), 401, "bad_key")
        self.assertRefused(self.post([], code="other"), 401, "bad_key")

    def test_keys_of_other_scopes_do_not_open_the_endpoint(self):
        apikeys = self.env["res.users.apikeys"]
        for scope in (None, "rpc"):
            user = self.env.ref("base.user_admin")
            key = apikeys.with_user(user).sudo()._generate(scope, "other", None)
            self.assertRefused(self.post([], key=key), 401, "bad_key")

    def test_a_technical_user_with_a_key_of_global_scope_is_refused_altogether(self):
        apikeys = self.env["res.users.apikeys"].with_user(self.backend.user_id).sudo()
        apikeys._generate(None, "too much", None)
        self.assertRefused(self.post([]), 401, "bad_key")

    def test_our_key_does_not_open_the_other_doors(self):
        response = self.url_open(
            "/json/2/res.partner/search",
            data=b'{"domain": []}',
            headers={"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )
        self.assertEqual(response.status_code, 401)

    def test_two_keys_are_live_during_a_rotation(self):
        new = self.backend.issue_key("next")
        for key in (self.key, new):
            self.assertEqual(self.post([], key=key).status_code, 200)

    def test_bodies_that_are_no_batch_are_refused_with_a_remedy(self):
        self.assertRefused(self.post([], content_type="text/plain"), 415, "content_type")
        self.assertRefused(self.post(b"[1,"), 400, "not_json")
        self.assertRefused(self.post(b"[" * 100_000), 400, "not_json")
        self.assertRefused(self.post(b"[NaN]"), 400, "not_json")
        self.assertRefused(self.post({"specversion": "1.0"}), 400, "not_a_batch")
        self.assertRefused(self.post([{}] * 1001), 413, "too_many")

    def test_a_batch_of_another_environment_is_refused_as_a_whole(self):
        event = {**self.cloud_event("USED", "e1", order="9"), "environment": "staging"}
        self.assertRefused(self.post([event]), 409, "environment_mismatch")
        self.assertFalse(self.inbox.search([("event_id", "=", "e1")]))

    def test_the_status_tells_the_running_contract(self):
        response = self.url_open(
            "/millwright/v1/fake-1/status", headers={"Authorization": f"Bearer {self.key}"}
        )
        self.assertEqual(response.json()["contract_hash"], self.contract.hash)
        self.assertTrue(response.json()["enabled"])
