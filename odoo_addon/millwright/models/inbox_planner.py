import json
from collections import defaultdict

from odoo import api, fields, models

from ..tools.errors import HoldError
from ..tools.jsontext import loads
from ..tools.mapping import plan
from ..tools.sharding import shard_of
from .read_along import read_together
from .recorder import recorder_of


class MillwrightInboxPlanner(models.Model):
    """From a message to its canonical commands."""

    _inherit = "millwright.inbox"

    def _plan_rows(self):
        """Plan messages that were claimed: write their commands, or why there are none."""
        changes, _paths = self._get_plans()
        self._settle(changes)

    def _get_plans(self):
        """What planning makes of messages that were claimed, as `_settle` takes it: each row alone; and under
        which `Paths` by backend, which hold until this transaction has ended.

        A message with several commands gets a child row for each, which stands in the same
        order behind it. A child that is planned again takes its own command out of its
        parent's message. The integration rows of the commands are there afterwards.
        """
        changes, planned = [], []
        self._fetch_for_planning()
        self.parent_id._fetch_for_planning()
        paths = {backend: self._read_paths(backend) for backend in self.backend_id.sorted("id")}
        for row in self:
            contract = row.backend_id.contract_id
            if not contract:
                changes.append(self._plan_hold(row, "no_contract", "The backend runs no contract."))
                continue
            try:
                commands, ignored = row._interpret(contract._get_compiled())
            except HoldError as error:
                changes.append(self._plan_hold(row, error.code, str(error)))
                continue
            if row.parent_id:
                commands = [c for c in commands if row.parent_id._child_event_id(c) == row.event_id]
            if not commands and row.parent_id:
                changes.append(row._hold_without_command())
            elif not commands:
                flow, reason = ignored[0] if ignored else ("", "not_in_contract")
                code, _colon, explanation = reason.partition(": ")
                values = {"code": code, "last_error": explanation, "flow": flow}
                changes.append((row, "ignored", values))
            elif len(commands) == 1:
                planned.append((row, commands[0]))
            else:
                planned.extend(zip(row._fan_out(commands), commands, strict=True))
        return changes + self._get_command_plans(planned, paths), paths

    def _fetch_for_planning(self):
        """Read in one go the columns that are read by themselves, the content, and what is read to settle."""
        self.fetch(self._get_planning_columns())

    @api.model
    def _get_planning_columns(self):
        return ["payload", "fetched", "attempt_log", *read_together(self)]

    @staticmethod
    def _plan_hold(row, code, explanation):
        return row, "held", {"code": code, "last_error": explanation}

    def _hold_without_command(self):
        """A command whose message means something else under the running contract."""
        explanation = self.env._(
            "Under the running contract the message no longer has this command. Compare it with its "
            "siblings; ignore it, or go back to the contract that it came from."
        )
        return self._plan_hold(self, "command_gone", explanation)

    def _interpret(self, contract):
        """The commands of one message: (commands, ((flow, why it has none), …))."""
        message = self.parent_id or self
        payload, fetched = loads(message.payload or "null"), loads(message.fetched or "{}")
        result = plan(contract, message.event, payload, fetched, message.event_id)
        return result.commands, result.ignored

    def _child_event_id(self, command):
        return f"{self.event_id}/{command.suffix()}"

    def _fan_out(self, commands):
        """A child row per command."""
        self.ensure_one()
        children = self.create(
            [
                {
                    "backend_id": self.backend_id.id,
                    "parent_id": self.id,
                    "event_id": self._child_event_id(command),
                    "event": self.event,
                    "subject": self.subject,
                    "event_time": self.event_time,
                    "received_at": self.received_at,
                    "sent_contract_hash": self.sent_contract_hash,
                    "lane": self.lane,
                    "lane_rank": self.lane_rank,
                    "attempts": self.attempts,
                    "state": "processing",
                }
                for command in commands
            ]
        )
        self.write({"fanned_out": True, "attempts": 0, "claim_token": False, "runner": 0})
        return children

    @api.model
    def _get_command_plans(self, planned, paths):
        """Commands with their places and integration rows, which then wait for their turn.

        :param planned: list of (row, command)
        :param paths: `Paths` by backend
        """
        changes = []
        by_backend = defaultdict(list)
        for row, command in planned:
            by_backend[row.backend_id].append((row, command))
        for backend, pairs in by_backend.items():
            commands = [command for _row, command in pairs]
            posts = [
                command.command for command in commands if command.command and command.operation == "post"
            ]
            known = backend._note_rows(
                self._get_keys_by_model(backend, commands), [post["operation_id"] for post in posts]
            )
            plants = backend._locate([command.plant_steps for command in commands])
            integration_ids = self._ensure_integration_rows(backend, pairs, plants, known)
            shards = self._shard_values(
                backend,
                [command.command or {} for command in commands],
                [plant.company_id for plant in plants],
            )
            for (row, command), plant, integration_id, shard in zip(
                pairs, plants, integration_ids, shards, strict=True
            ):
                route = paths[backend].routes.get((command.flow, plant.id))
                state, verdict = self._plan_verdict(row, command, plant, route)
                values = self._plan_values(row, command, plant, route, integration_id)
                changes.append((row, state, {**values, **(shard or {}), **verdict}))
        return changes

    @api.model
    def _get_keys_by_model(self, backend, commands):
        """External ids by model of what a plan asks for: rows of the commands, their work orders and their parts."""
        flows = backend.contract_id._get_document()["flows"]
        keys = defaultdict(set)
        for command in commands:
            if command.key and command.operation != "check":
                keys[flows[command.flow]["model"]].add(command.key)
            if part := self._part_of(command.command or {}):
                keys["millwright.part"].add(part)
        orders = {step[1] for command in commands for step in command.plant_steps if step[0] == "work_order"}
        for model in backend._get_integration_models("work_order") if orders else ():
            keys[model] |= orders
        return keys

    @api.model
    def _plan_values(self, row, command, plant, route, integration_id):
        document = row.backend_id.contract_id._get_document()
        return {
            "flow": command.flow,
            "kind": command.kind,
            "operation": command.operation,
            "command": command.text() or False,
            "command_key": command.key,
            "version": command.version,
            "occurred_at": self._business_time(command.occurred_at),
            "ordering_key": command.ordering_key or False,
            "group_key": command.group_key or False,
            "shard_key": command.shard_key or False,
            "shard": shard_of(command.shard_key or ""),
            "barrier": command.barrier,
            "blocks": document["flows"][command.flow].get("on_dead") == "block",
            "plant_id": plant.id if plant else False,
            "company_id": plant.company_id.id if plant else False,
            "contract_hash": document["hash"],
            "route_epoch": route.epoch if route else 0,
            "integration_model": document["flows"][command.flow]["model"] if integration_id else False,
            "integration_id": integration_id,
            "attempts": max(row.attempts - 1, 0),  # to plan is no attempt; a process that died in it was one
        }

    @api.model
    def _business_time(self, text):
        return fields.Datetime.to_datetime(text[:19].replace("T", " ")) if text else False

    @api.model
    def _plan_verdict(self, row, command, plant, route):
        """State after planning, with its reason: (state, values)."""
        if command.hold:
            unplanned = {"command": False}
            return "held", {"code": command.hold.code, "last_error": str(command.hold), **unplanned}
        if not plant:
            return "held", {
                "code": "plant_unknown",
                "last_error": self.env._(
                    "No plant is known for it. Looked for: %s.", self._describe_steps(command.plant_steps)
                ),
                "wait_kind": "plant",
                "wait_key": json.dumps(command.plant_steps),
                "command": False,
            }
        if route and recorder_of(self.env):  # only tried: what would it do if the route were open?
            return "pending", {"code": False, "last_error": False}
        if route and route.mode == "manual" and row.released_epoch != route.epoch:
            return "held", self._get_manual_hold(command.flow, plant, route)
        if not route or route.mode == "off":
            return "held", {
                "code": f"route_{route.mode}" if route else "route_missing",
                "last_error": self.env._(
                    "The flow %(flow)s does not run at plant %(plant)s.", flow=command.flow, plant=plant.name
                ),
                "wait_kind": "route",
                "wait_key": str(route.id) if route else f"{command.flow}/{plant.id}",
                "command": False,
            }
        return "pending", {"code": False, "last_error": False}

    @api.model
    def _describe_steps(self, steps):
        """In words, how the plant of a command was looked for."""
        texts = {
            "cross_reference": self.env._("a cross-reference for the code %s"),
            "work_order": self.env._("the plant of work order %s"),
            "only": self.env._("the only plant of the backend"),
        }
        words = [texts[step[0]] % step[-1] if len(step) > 1 else texts[step[0]] for step in steps]
        return ", ".join(words) or self.env._("nothing that the message names")

    @api.model
    def _ensure_integration_rows(self, backend, pairs, plants, found):
        """Ids of the integration rows of commands; missing rows are created in one go per flow.

        :param found: what is there, as `_note_rows` gives it
        """
        flows = backend.contract_id._get_document()["flows"]
        ids = [False] * len(pairs)
        positions = defaultdict(list)
        for position, (_row, command) in enumerate(pairs):
            if command.key and command.operation != "check":
                positions[flows[command.flow]["model"]].append(position)
        for model, places in positions.items():
            known, missing = dict(found[model]), {}
            for place in places:
                key = pairs[place][1].key
                if key not in known:
                    missing.setdefault(key, place)
            # In their company: Odoo would read that of the user, to look for defaults.
            rows = self.env[model].with_company(plants[places[0]].company_id)
            created = rows.create(
                [
                    self._integration_values(backend, *pairs[place], plants[place])
                    for place in missing.values()
                ]
            )
            known.update(zip(missing, created.ids, strict=True))
            self._complete_plants(model, places, pairs, plants, known)
            for place in places:
                ids[place] = known[pairs[place][1].key]
        return ids

    @api.model
    def _complete_plants(self, model, places, pairs, plants, known):
        """Give rows that were created without a plant the one that is known now."""
        rows = self.env[model].browse(known[pairs[place][1].key] for place in places)
        for place, row in zip(places, rows, strict=True):
            if plants[place] and not row.plant_id:
                row.write({"plant_id": plants[place].id, "company_id": plants[place].company_id.id})

    @api.model
    def _integration_values(self, backend, row, command, plant):
        """A new row as the message leaves it that is planned without a hindrance: what is so needs no second write."""
        return {
            "backend_id": backend.id,
            "external_id": command.key,
            "plant_id": plant.id if plant else False,
            "company_id": plant.company_id.id if plant else False,
            "state": "pending",
            "lane": row.lane,
            "attempts": 0,
            "last_message_id": row.id,
            "in_shadow": False,
            **self._column_values(command.columns),
        }

    @api.model
    def _column_values(self, columns):
        """Typed columns as the ORM takes them."""
        return {name: False if value is None else value for name, value in columns.items()}
