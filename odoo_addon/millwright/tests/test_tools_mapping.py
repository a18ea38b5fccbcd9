import json

from odoo.tests import BaseCase, tagged

from ..tools.contract_reader import compile_contract
from ..tools.errors import HoldError
from ..tools.mapping import MAX_LINES, plan
from .tools_common import EVENT_ID, contract, message, planned, single


@tagged("post_install", "-at_install", "millwright")
class TestToolsMappingApply(BaseCase):
    def test_apply_becomes_an_upsert_with_its_keys(self):
        command = single("machine.saved")
        self.assertIsNone(command.hold)
        self.assertEqual(
            (
                command.operation,
                command.key,
                command.ordering_key,
                command.group_key,
                command.shard_key,
            ),
            ("upsert", "17", "equipment/17", "equipment/17", "equipment/17"),
        )
        self.assertEqual((command.lane, command.barrier, command.line), ("batch", False, ""))
        self.assertEqual(command.version, "2026-05-04T06:00:00.000000Z")
        self.assertEqual(command.suffix(), "machine.saved")

    def test_record_may_come_from_a_read(self):
        body = message("machine.saved")
        fetched = {"machine": body.pop("machine")}
        (thin,) = plan(contract(), "machine.saved", body, fetched, EVENT_ID).commands
        self.assertEqual(thin.text(), single("machine.saved").text())

    def test_record_that_is_nowhere_holds(self):
        for record in (None, [], "x"):
            body = message("machine.saved") | {"machine": record}
            code = "missing_record" if record is None else "wrong_type"
            with self.subTest(record=record):
                command = single("machine.saved", body)
                self.assertEqual(command.hold.code, code)
                self.assertEqual((command.key, command.ordering_key), ("17", "equipment/17"))
                self.assertIsNone(command.command)
                self.assertEqual(command.text(), "")

    def test_archived_in_the_record_becomes_archive(self):
        body = message("machine.saved")
        body["machine"]["scrapped"] = True
        self.assertEqual(single("machine.saved", body).operation, "archive")

    def test_closing_archiving_and_deleting_are_barriers(self):
        body = message("job.saved")
        for state, barrier in (
            ("new", False),
            ("waiting", False),
            ("closed", True),
            ("void", True),
        ):
            body["job"]["state"] = state
            with self.subTest(state=state):
                self.assertEqual(single("job.saved", body).barrier, barrier)
        self.assertTrue(single("job.dropped").barrier)
        self.assertEqual(single("job.dropped").command["fields"], {})

    def test_missing_or_bad_version_holds(self):
        for value in ("absent", None, "yesterday", "2026-05-04T08:00:00", 5):
            body = message("machine.saved") | {"at": value}
            if value == "absent":
                del body["at"]
            with self.subTest(value=value):
                self.assertIn(
                    single("machine.saved", body).hold.code,
                    ("missing_value", "bad_datetime", "wrong_type"),
                )

    def test_missing_or_bad_key_holds(self):
        for value in (None, "", " ", True, {}, "x" * 256, "a\0b", "\ud800"):
            with self.subTest(value=value):
                command = single("machine.saved", message("machine.saved") | {"no": value})
                self.assertIsNotNone(command.hold)
                self.assertEqual((command.key, command.ordering_key), ("", ""))

    def test_columns_are_typed(self):
        columns = single("machine.saved").columns
        self.assertEqual((columns["site"], columns["floor"], columns["leased"]), ("S-2", 3, False))
        self.assertIsNone(columns["seen_at"].tzinfo)

    def test_column_that_does_not_fit_holds(self):
        for name, value in (("floor", "high"), ("floor", 2.5), ("seen", "2026"), ("leased", 1)):
            body = message("machine.saved")
            body["machine"] |= {name: value, "site": None}
            with self.subTest(name=name, value=value):
                command = single("machine.saved", body)
                self.assertIn(command.hold.code, ("wrong_type", "bad_datetime"))
                self.assertIsNone(command.columns["site"])

    def test_plant_candidates_that_say_nothing_are_left_out(self):
        body = message("machine.saved")
        for site, steps in (
            ("S-2", (("cross_reference", "plant", "S-2"), ("only",))),
            (None, (("only",),)),
            (" ", (("only",),)),
        ):
            body["machine"]["site"] = site
            with self.subTest(site=site):
                self.assertEqual(single("machine.saved", body).plant_steps, steps)

    def test_plant_candidate_that_cannot_be_read_holds(self):
        body = message("machine.saved")
        body["machine"]["site"] = {"code": "S-2"}
        self.assertEqual(single("machine.saved", body).hold.code, "wrong_type")


@tagged("post_install", "-at_install", "millwright")
class TestToolsMappingLines(BaseCase):
    def test_each_line_is_one_posting(self):
        result = planned("usage.booked")
        self.assertEqual([item.line for item in result.commands], ["#1", "#3"])
        first, last = result.commands
        self.assertEqual(first.command["operation_id"], f"{EVENT_ID}#1")
        self.assertEqual(first.key, f"{EVENT_ID}#1")
        self.assertEqual(first.ordering_key, "work_order/J-9/A/1")
        self.assertEqual((first.group_key, first.shard_key), ("work_order/J-9", "product/A/1"))
        self.assertEqual((first.command["fields"]["quantity"], first.command["fields"]["lot"]), ("3", "L7"))
        self.assertEqual(last.command["fields"]["quantity"], "-0.5")
        self.assertEqual(result.ignored, (("usage", "nothing_to_do: line 2: quantity is zero"),))

    def test_one_bad_line_does_not_spoil_its_siblings(self):
        body = message("usage.booked")
        body["rows"][0]["amount"] = True
        held, fine = planned("usage.booked", body).commands
        self.assertEqual(held.hold.code, "wrong_type")
        self.assertIn("line.amount", held.hold.place)
        self.assertEqual((held.group_key, held.shard_key), ("work_order/J-9", "product/A/1"))
        self.assertIsNone(fine.hold)

    def test_line_without_identity_posts_nothing(self):
        body = message("usage.booked")
        del body["rows"][0]["row_no"]
        held, fine = planned("usage.booked", body).commands
        self.assertEqual((held.hold.code, held.key, held.line), ("missing_value", "", "#?0"))
        self.assertIsNone(fine.hold)

    def test_lines_with_one_identity_wait_together(self):
        body = message("usage.booked")
        body["rows"][2]["row_no"] = 1
        codes = [item.hold and item.hold.code for item in planned("usage.booked", body).commands]
        self.assertEqual(codes, ["duplicate_line", "duplicate_line"])

    def test_lines_that_are_no_list_hold(self):
        for rows, code in (
            (None, "missing_lines"),
            ({}, "wrong_type"),
            ([0] * (MAX_LINES + 1), "too_many_lines"),
        ):
            with self.subTest(code=code):
                command = single("usage.booked", message("usage.booked") | {"rows": rows})
                self.assertEqual((command.hold.code, command.group_key), (code, "work_order/J-9"))

    def test_no_lines_is_nothing_to_do(self):
        result = planned("usage.booked", message("usage.booked") | {"rows": []})
        self.assertEqual((result.commands, result.ignored), ((), (("usage", "nothing_to_do: no lines"),)))

    def test_unmet_condition_is_ignored_or_held(self):
        body = message("usage.booked") | {"job_no": None}
        ((flow, reason),) = planned("usage.booked", body).ignored
        self.assertEqual((flow, reason.split(":")[0]), ("usage", "condition_not_met"))
        document = contract()
        document["flows"]["usage"]["inputs"]["booked"]["otherwise"] = "hold"
        self.assertEqual(single("usage.booked", body, document).hold.code, "condition_not_met")

    def test_posting_without_lines_has_the_event_as_operation(self):
        document = contract()
        booked = document["flows"]["usage"]["inputs"]["booked"]
        booked.update(lines=None, record=["event.row"])
        text = json.dumps(booked).replace("line.", "record.")
        document["flows"]["usage"]["inputs"]["booked"] = json.loads(text)
        body = message("usage.booked")
        command = single("usage.booked", body | {"row": body["rows"][0]}, document)
        self.assertEqual((command.key, command.line), (EVENT_ID, ""))
        self.assertEqual(command.command["operation_id"], EVENT_ID)
        body["row"] = body["rows"][1]
        result = planned("usage.booked", body, document)
        self.assertEqual(result.ignored, (("usage", "nothing_to_do: quantity is zero"),))

    def test_check_gathers_its_lines(self):
        job, check = planned("job.closed").commands
        self.assertEqual((job.operation, check.operation), ("upsert", "check"))
        self.assertEqual((check.key, check.ordering_key), ("J-9/check", "work_order/J-9/check"))
        self.assertEqual((check.group_key, check.barrier), ("work_order/J-9", True))
        self.assertEqual(
            [
                (line["part"]["value"], line["quantity"], line["unit"])
                for line in check.command["fields"]["lines"]
            ],
            [("A/1", "2.5", None)],
        )
        self.assertNotIn("operation_id", check.command)

    def test_one_bad_line_holds_the_whole_check(self):
        body = message("job.closed")
        body["totals"][1]["article"] = None
        job, check = planned("job.closed", body).commands
        self.assertIsNone(job.hold)
        self.assertEqual((check.hold.code, check.key), ("missing_value", "J-9/check"))
        self.assertTrue(check.hold.place.endswith("fields.part (line.article), line 1"))

    def test_check_of_an_empty_list_says_that_nothing_was_used(self):
        _job, check = planned("job.closed", message("job.closed") | {"totals": []}).commands
        self.assertEqual(check.command["fields"]["lines"], [])


@tagged("post_install", "-at_install", "millwright")
class TestToolsMappingMessage(BaseCase):
    def test_unknown_event_is_held(self):
        with self.assertRaises(HoldError) as caught:
            planned("moon.landed", {})
        self.assertEqual(caught.exception.code, "unknown_event")

    def test_event_without_flows_leaves_an_empty_plan(self):
        document = contract()
        document["events"]["tea.made"] = {"flows": []}
        result = planned("tea.made", {}, document)
        self.assertEqual((result.commands, result.ignored), ((), ()))

    def test_body_that_is_no_object_holds(self):
        for body in ([], "x", 5, True):
            with self.subTest(body=body):
                self.assertEqual(single("machine.saved", body).hold.code, "missing_record")

    def test_compiled_contract_and_document_give_the_same(self):
        compiled = compile_contract(contract())
        for event in contract()["events"]:
            texts = [item.text() for item in planned(event).commands]
            self.assertEqual(texts, [item.text() for item in planned(event, None, compiled).commands])

    def test_plan_does_not_depend_on_the_order_of_keys(self):
        document = json.loads(json.dumps(contract(), sort_keys=True))
        for event in document["events"]:
            body = dict(reversed(message(event).items()))
            texts = [item.text() for item in planned(event, body, document).commands]
            self.assertEqual(texts, [item.text() for item in planned(event).commands])
