import json

from odoo.tests import HttpCase, tagged

from .outbox_common import OutboxMixin


@tagged("post_install", "-at_install", "millwright")
class TestOutboxEndpoint(OutboxMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_backend()
        cls.key = cls.backend.issue_key("test")

    def post(self, path, body, key=None, content_type="application/json"):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": content_type, "Authorization": f"Bearer {key or self.key}"}
        return self.url_open(f"/millwright/v1/fake-1/outbox/{path}", data=data, headers=headers)

    def assertRefused(self, response, status, code):
        self.assertEqual((response.status_code, response.json()["error"]["code"]), (status, code))

    def test_a_message_goes_out_and_its_result_comes_back(self):
        equipment = self.create_equipment()
        self.commit()
        answer = self.post("lease", {"environment": "production", "limit": 5})
        self.assertEqual(answer.status_code, 200)
        body = answer.json()
        self.assertEqual((body["lease_seconds"], body["more"], len(body["messages"])), (120, False, 1))
        message = body["messages"][0]
        result = {
            "id": message["id"],
            "token": message["token"],
            "status": "done",
            "external_id": "77",
            "remote_version": None,
            "code": None,
            "message": None,
            "retry_after_seconds": None,
        }
        answer = self.post("settle", {"results": [result]})
        self.assertEqual(answer.json(), {"results": [{"id": message["id"], "status": "settled"}]})
        self.assertEqual(self.binding(equipment).external_id, "77")

    def test_both_addresses_refuse_as_that_of_events_does(self):
        for path in ("lease", "settle"):
            self.assertRefused(self.post(path, {}, key="0" * 40), 401, "bad_key")
            self.assertRefused(self.post(path, b"{", content_type="text/plain"), 415, "content_type")
            self.assertRefused(self.post(path, b"{"), 400, "not_json")
            self.assertRefused(self.post(path, []), 400, "not_an_object")

    def test_a_lease_names_its_environment_and_a_limit(self):
        self.create_equipment()
        self.commit()
        self.assertRefused(self.post("lease", {}), 409, "environment_mismatch")
        self.assertRefused(self.post("lease", {"environment": "staging"}), 409, "environment_mismatch")
        bad = {"environment": "production", "limit": 0}
        self.assertRefused(self.post("lease", bad), 400, "bad_limit")
        self.assertEqual(self.outbox.search([]).mapped("state"), ["pending"])

    def test_results_that_cannot_be_read_are_refused_as_a_whole(self):
        good = {"id": "x", "token": "y", "status": "done"}
        for bad in (None, {}, {**good, "status": "fine"}, {**good, "external_id": 7}, {**good, "token": ""}):
            self.assertRefused(self.post("settle", {"results": [bad]}), 400, "bad_result")
        self.assertRefused(self.post("settle", {"results": {}}), 400, "not_a_batch")
        self.assertRefused(self.post("settle", {"results": [good] * 1001}), 413, "too_many")
        answer = self.post("settle", {"results": [good]})
        self.assertEqual(answer.json()["results"], [{"id": "x", "status": "stale"}])
