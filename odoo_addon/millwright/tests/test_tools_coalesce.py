from odoo.tests import BaseCase, tagged

from ..tools.coalesce import Queued, coalesced


def snapshot(row_id, version="1", operation="upsert", barrier=False, record="a", **fields):
    fields = fields or {"name": "x"}
    command = {"operation": operation, "fields": fields}
    return Queued(row_id, operation, barrier, (record,), version, command)


def total(row_id, version, *parts, unlisted="zero"):
    lines = [{"part": ref("part", part), "quantity": "1"} for part in parts]
    return snapshot(row_id, version, "converge", True, "a/converge", lines=lines, unlisted=unlisted)


def event(row_id, barrier=False):
    return Queued(row_id, "check" if barrier else "post", barrier, ("a/part",), "1", None)


def ref(kind, value, missing="hold"):
    return {"ref": kind, "by": "external_id", "value": value, "missing": missing}


@tagged("post_install", "-at_install", "millwright")
class TestToolsCoalesce(BaseCase):
    def test_the_newest_stands_for_all_before_it(self):
        rows = [snapshot(1, "1"), snapshot(2, "2"), snapshot(3, "3")]
        self.assertEqual(coalesced(rows, ()), {1: 3, 2: 3})

    def test_the_same_version_again_stands_for_the_first(self):
        self.assertEqual(coalesced([snapshot(1), snapshot(2)], ()), {1: 2})

    def test_an_older_version_stands_for_nothing(self):
        self.assertEqual(coalesced([snapshot(1, "2"), snapshot(2, "1")], ()), {})

    def test_without_versions_the_order_of_arrival_counts(self):
        self.assertEqual(coalesced([snapshot(1, None), snapshot(2, None)], ()), {1: 2})
        self.assertEqual(coalesced([snapshot(1, None), snapshot(2, "1")], ()), {})

    def test_another_record_or_operation_stands_for_nothing(self):
        self.assertEqual(coalesced([snapshot(1), snapshot(2, "2", record="b")], ()), {})
        self.assertEqual(coalesced([snapshot(1), snapshot(2, "2", "archive")], ()), {})

    def test_a_movement_between_is_not_passed(self):
        self.assertEqual(coalesced([snapshot(1), event(2), snapshot(3, "2")], ()), {})

    def test_a_barrier_between_is_not_passed_and_is_never_left_out(self):
        self.assertEqual(coalesced([snapshot(1), event(2, True), snapshot(3, "2")], ()), {})
        closing = snapshot(2, "2", barrier=True)
        self.assertEqual(coalesced([closing, snapshot(3, "3")], ()), {})
        self.assertEqual(coalesced([snapshot(1), closing, snapshot(3, "3")], ()), {1: 2})

    def test_a_closing_sees_the_total_before_it(self):
        closing = snapshot(2, "2", barrier=True)
        self.assertEqual(coalesced([total(1, "1"), closing, total(3, "3")], ()), {})

    def test_orders_and_their_totals_take_turns(self):
        rows = [snapshot(1, "1"), total(2, "1"), snapshot(3, "2"), total(4, "2")]
        self.assertEqual(coalesced(rows, ()), {2: 4, 1: 3})

    def test_a_field_that_only_the_older_sets_keeps_it(self):
        older, newer = snapshot(1, name="x", note="y"), snapshot(2, "2", name="z")
        self.assertEqual(coalesced([older, newer], ()), {})
        self.assertEqual(coalesced([newer, snapshot(3, "3", name="x", note=None)], ()), {2: 3})

    def test_a_total_that_keeps_what_it_does_not_list_has_to_list_all(self):
        first, second = total(1, "1", "88", unlisted="keep"), total(2, "2", "89", unlisted="keep")
        both = total(3, "3", "88", "89", unlisted="keep")
        present = {("part", "88"), ("part", "89")}
        self.assertEqual(coalesced([first, second], present), {})
        self.assertEqual(coalesced([first, second, both], present), {1: 3, 2: 3})
        self.assertEqual(coalesced([first, total(2, "2", "89")], present), {1: 2})

    def test_what_may_be_held_for_a_reference_stands_for_nothing(self):
        older = snapshot(1, equipment=ref("equipment", "7"))
        newer = snapshot(2, "2", equipment=ref("equipment", "8"))
        self.assertEqual(coalesced([older, newer], ()), {})
        self.assertEqual(coalesced([older, newer], {("equipment", "8")}), {1: 2})
        skips = snapshot(2, "2", equipment=ref("equipment", "8", "skip"))
        self.assertEqual(coalesced([older, skips], ()), {1: 2})
