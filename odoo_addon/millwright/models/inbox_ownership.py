import json
from collections import defaultdict
from dataclasses import replace

from odoo import api, fields, models

from ..exceptions import PermanentError
from ..tools.canonical import canonical
from ..tools.outgoing import equals
from ..tools.work import Outcome

IN_FLIGHT = "create_in_flight"


class MillwrightInboxOwnership(models.Model):
    """Between a command and its handler: echoes of what we sent, and fields that the other side does not decide."""

    _inherit = "millwright.inbox"

    def _carry_out(self, handler, works):
        """Outcomes of works of one backend and kind, in their order.

        A flow that only comes in and knows no other side than the CMMS goes straight to its handler.
        """
        contract = self.backend_id.contract_id
        guarded = [work for work in works if self._is_guarded(work, contract)]
        if not guarded:
            return self._check_count(handler, works, handler._apply(works))
        early, cleared, verdicts = self._judge_all(handler, guarded, contract)
        todo = [cleared.get(work.inbox_id, work) for work in works if work.inbox_id not in early]
        with self.env["millwright.outbox"]._receiving():
            outcomes = self._check_count(handler, todo, handler._apply(todo)) if todo else []
            found = {work.inbox_id: outcome for work, outcome in zip(todo, outcomes, strict=True)}
            self._note_received(
                [work for work in guarded if work.inbox_id in found], found, verdicts, contract
            )
        found.update(early)
        return [found[work.inbox_id] for work in works]

    @api.model
    def _check_count(self, handler, works, outcomes):
        if len(outcomes) != len(works):
            raise PermanentError(f"{handler._name} answered {len(outcomes)} of {len(works)} commands.")
        return outcomes

    @api.model
    def _is_guarded(self, work, contract):
        if f"millwright.exporter.{work.command['kind']}" not in self.env or not work.integration:
            return False
        if contract._get_outgoing_fields(work.command["flow"]) is not None:
            return True
        rules = contract._get_policies(work.command["flow"])
        item = work.flow["inputs"].get(work.command["input"], {}).get("fields", {}).values()
        sides = {mapping.get("system_of_record") for mapping in item}
        return "odoo" in sides or any(rules[name].review for name in work.command["fields"])

    def _judge_all(self, handler, works, contract):
        """(outcomes that need no handler, works without foreign fields, what to note) by inbox id."""
        exporter = self.env[f"millwright.exporter.{works[0].command['kind']}"]
        env_sudo = handler.env(su=True)
        records = {work.inbox_id: handler._get_record(work).with_env(env_sudo) for work in works}
        every = self.env[exporter._millwright_model].browse(
            record.id for record in records.values() if record
        )
        lookup = exporter._get_lookup(every, works[0].backend.sudo())
        conflicts = self.env["millwright.conflict"]._get_open(works[0].backend, every._name, every.ids)
        states = self._get_states(works, records)
        in_flight = self._get_in_flight(works[0].backend, {work.command["flow"] for work in works})
        early, cleared, verdicts = {}, {}, {}
        for work in works:
            record = records[work.inbox_id]
            if not record:
                if work.command["flow"] in in_flight and work.command["operation"] == "upsert":
                    early[work.inbox_id] = self._get_in_flight_outcome(work)
                continue
            if handler._is_superseded(work) or work.command["operation"] != "upsert":
                continue
            present = exporter._get_values(record, lookup)
            state = states[work.command["flow"], record.id]
            rules = contract._get_policies(work.command["flow"])
            if self._is_echo(work, rules, present, state):
                handler._bind(work)
                text = self.env._("It is what was sent from here.")
                early[work.inbox_id] = Outcome.ignored("echo", text)
                continue
            verdicts[work.inbox_id] = self._judge_fields(work, rules, present, state, conflicts, record)
            kept = {
                name: value
                for name, value in work.command["fields"].items()
                if name not in verdicts[work.inbox_id]["spared"]
            }
            cleared[work.inbox_id] = replace(work, command={**work.command, "fields": kept})
        return early, cleared, verdicts

    @api.model
    def _get_states(self, works, records):
        """What the other side has of each bound record, by (flow, record id)."""
        ids = defaultdict(dict)
        for work in works:
            if record := records[work.inbox_id]:
                ids[work.command["flow"], record._name][record.id] = None
        states = {}
        for (flow, model), found in ids.items():
            rows = self.env["millwright.remote.state"]._ensure(works[0].backend, flow, model, found)
            states.update({(flow, record_id): row for record_id, row in rows.items()})
        return states

    # -- echoes ---------------------------------------------------------------------------

    @api.model
    def _is_echo(self, work, rules, present, state):
        """Whether the command says nothing but what was last sent: by its version, or by its values.

        A field of the CMMS that is another here meanwhile makes it none: the snapshot has to be applied.
        """
        sent = json.loads(state.sent or "{}")
        version = work.command["version"]
        if not sent and not (version and version == state.remote_version):
            return False
        return all(
            name in present
            and (
                equals(value, present[name])
                or (rules[name].side == "odoo" and name in sent and equals(value, sent[name]))
            )
            for name, value in work.given.items()
        )

    @api.model
    def _get_in_flight(self, backend, flows):
        """Flows with a create that may have reached the other side and is not bound yet."""
        groups = self.env["millwright.outbox"]._read_group(
            [
                ("backend_id", "=", backend.id),
                ("flow", "in", list(flows)),
                ("operation", "=", "create"),
                ("state", "in", ("pending", "processing")),
                ("leased_at", "!=", False),
                ("external_id", "=", False),
            ],
            ["flow"],
        )
        return {flow for (flow,) in groups}

    @api.model
    def _get_in_flight_outcome(self, work):
        return Outcome.held(
            IN_FLIGHT,
            self.env._(
                "A record that was made here is being made there; this may be it. It goes on by itself."
            ),
            wait_kind=IN_FLIGHT,
            wait_key=work.command["flow"],
        )

    @api.model
    def _present(self, backend, kind, keys):
        if kind == IN_FLIGHT:
            in_flight = self._get_in_flight(backend, keys)
            return [key for key in keys if key not in in_flight]
        return super()._present(backend, kind, keys)

    # -- fields ---------------------------------------------------------------------------

    @api.model
    def _judge_fields(self, work, rules, present, state, conflicts, record):
        """What becomes of each field: `spared` are not applied, `attempts` recorded, `reviews` opened."""
        known, forced = state._get_known(), state._get_forced()
        verdict = {"spared": set(), "attempts": {}, "reviews": {}, "state": state}
        for name, value in work.given.items():
            if name not in present or equals(value, present[name]):
                continue
            is_news = name not in known or not equals(value, known[name])
            rule, is_open = rules[name], (record.id, name) in conflicts
            if rule.side == "odoo":
                verdict["spared"].add(name)
                if is_news:
                    verdict["reviews" if rule.review else "attempts"][name] = (present[name], value)
            elif is_open or self._is_contested(rule, name, present, known):
                verdict["spared"].add(name)
                if is_news:
                    verdict["reviews"][name] = (present[name], value)
            elif name in forced and not is_news:
                verdict["spared"].add(name)
        verdict["conflicts"] = conflicts
        return verdict

    @api.model
    def _is_contested(self, rule, name, present, known):
        """Whether Odoo's value was changed too, where a person is to decide."""
        return rule.review and name in known and not equals(present[name], known[name])

    # -- what is noted --------------------------------------------------------------------

    def _note_received(self, works, outcomes, verdicts, contract):
        """Note what the other side has, and record what it tried: only of commands that are done."""
        audits, reviews, conflicts, received = [], [], {}, {}
        done = [work for work in works if outcomes[work.inbox_id].state == "done"]
        env_sudo = done[0].integration.env(su=True) if done else self.env
        records = {
            work.inbox_id: work.integration[work.integration._millwright_record].with_env(env_sudo)
            for work in done
        }
        unjudged = [work for work in done if work.inbox_id not in verdicts]
        states = self._get_states(unjudged, records) if unjudged else {}
        for work in done:
            record = records[work.inbox_id]
            if not record:
                continue
            is_gone = work.command["operation"] in ("archive", "delete")
            verdict = verdicts.get(work.inbox_id)
            state = verdict["state"] if verdict else states[work.command["flow"], record.id]
            received[state] = ({} if is_gone else work.given, is_gone)
            record._note_outgoing(record.ids)
            if not verdict:
                continue
            conflicts.update(verdict["conflicts"])
            if verdict["attempts"]:
                audits.append(self._get_attempt(work, record, verdict["attempts"]))
            if verdict["reviews"]:
                rules = contract._get_policies(work.command["flow"])
                reviews += self._get_reviews(work, rules, record, verdict["reviews"])
        self.env["millwright.remote.state"]._receive(received)
        self.env["millwright.audit"]._append(audits)
        self.env["millwright.conflict"]._store(conflicts, reviews)

    @api.model
    def _get_attempt(self, work, record, attempts):
        """An audit row: what the CMMS wanted, and what stays."""
        row = self.browse(work.inbox_id)
        values = {**row._get_audit_origin(), **row._audit_values(work, Outcome.done(record))}
        detail = {name: [stays, wanted] for name, (stays, wanted) in attempts.items()}
        return {**values, "operation": "overruled", "detail": canonical({"kept": detail})}

    @api.model
    def _get_reviews(self, work, rules, record, reviews):
        binding = work.integration.sudo()
        at = self._business_time(work.command["occurred_at"]) or fields.Datetime.now()
        return [
            self.env["millwright.conflict"]._open(
                binding,
                record,
                name,
                rules[name].side,
                (here, record.write_date, record.write_uid.id),
                (there, at, work.inbox_id),
            )
            for name, (here, there) in reviews.items()
        ]
