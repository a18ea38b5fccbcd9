/** A spec with so many flows, no two alike: a third each of machines, jobs and other machines with many columns. */
export function specOf(flows: number): string {
  const names = Array.from({ length: flows }, (_, index) => `flow${String(index)}`);
  return `${HEAD}${names.map(eventOf).join('')}flows:\n${names.map(flowOf).join('')}`;
}

const HEAD = `millwright: 1
connector: { code: bench, title: Bench, version: 1.0.0, odoo: '19.0' }
source:
  verify: { profile: hmac, algorithm: sha256, header: X-Sign, encoding: hex, signs: [body], timestamp: none }
  event_name: { header: X-Event }
  read: { auth: { profile: header, header: X-Token } }
  events:
`;

function eventOf(name: string): string {
  return `    ${name}.saved:
      subject: equipment/{event.id}
      time: event.at
      identity: [event.id, event.at]
      required: { event.id: integer, event.at: datetime }
      fetch:
        - { as: item, get: '/${name}/{event.id}', unless: event.item, missing: retry }
`;
}

function flowOf(name: string, index: number): string {
  const kind = index % 3 === 1 ? 'work_order' : 'equipment';
  const fields =
    kind === 'equipment'
      ? `      serial_no: { from: record.serial, absent: keep, 'null': clear, empty: clear }
      category: { from: record.family.name, by: name, missing: create, absent: keep, 'null': clear }
`
      : `      status: { from: record.state, map: { new: open, busy: in_progress, closed: done }, else: hold }
      due_at: { from: record.due, time_zone: UTC, absent: keep, 'null': clear }
`;
  return `  ${name}:
    title: Flow ${String(index)}
    kind: ${kind}
    lane: batch
    delay_budget: 15m
    plant:
      - { cross_reference: plant, from: record.site }
      - { only: true }
    inputs:
      saved:
        role: apply
        on: [${name}.saved]
        record: [event.item, fetched.item]
        key: event.id
        version: event.at
        occurred_at: event.at
    fields:
      name: { from: record.name, required: true }
${fields}    columns:
      code: { from: record.code, type: text, title: Code ${String(index)} }
      floor: { from: record.floor, type: integer, title: Floor }
${index % 3 === 2 ? MORE : ''}`;
}

const MORE = Array.from(
  { length: 6 },
  (_, index) =>
    `      more${String(index)}: { from: record.more.m${String(index)}, type: text, title: More ${String(index)} }\n`,
).join('');
