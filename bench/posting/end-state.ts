import { sql } from '../../scripts/odoo/index.ts';
import { OPENING, PARTS, takenPerPart, type Consumption } from './events.ts';

const PLACES = `(select p.id as product_id, substring(p.default_code from 7)::int as part, plant.stock_location_id, plant.consumption_location_id
  from product_product p, millwright_plant plant where p.default_code like 'BENCH-%') as place`;

const MOVED = `select part, count(m.id), coalesce(sum(m.quantity), 0) from ${PLACES}
  left join stock_move m on m.product_id = place.product_id and m.state = 'done'
    and m.location_id = place.stock_location_id and m.location_dest_id = place.consumption_location_id
  group by part`;

const ON_HAND = `select part, coalesce(sum(q.quantity), 0), coalesce(sum(q.reserved_quantity), 0) from ${PLACES}
  left join stock_quant q on q.product_id = place.product_id and q.location_id = place.stock_location_id
  group by part`;

const CONSUMED = `select part, coalesce(sum(q.quantity), 0) from ${PLACES}
  left join stock_quant q on q.product_id = place.product_id and q.location_id = place.consumption_location_id
  group by part`;

/** All that the subject promises for each event, and a plain posting does not have. */
const TRACES = `select count(*), count(distinct m.id), count(distinct i.id), count(distinct a.id) from millwright_inbox box
  left join stock_move m on m.id = box.document_id and m.state = 'done' and m.millwright_operation_id = box.event_id
  left join millwright_atlas_consumption i on i.id = box.integration_id and i.move_id = m.id and i.state = 'done'
  left join millwright_audit a on a.event_id = box.event_id and a.record_ref = m.id
  where box.event = 'PART_QUANTITY_CHANGED' and box.state = 'done'`;

/** Compares a database with what was sent, to the unit. Throws when they differ; of what is reserved not where that may stay. */
export async function checkEndState(
  db: string,
  events: readonly Consumption[],
  { mayStayReserved } = { mayStayReserved: false },
): Promise<void> {
  const taken = takenPerPart(events);
  const moved = await rows(MOVED, db);
  const onHand = await rows(ON_HAND, db);
  const consumed = await rows(CONSUMED, db);
  const count = [...moved.values()].reduce((sum, [moves = 0]) => sum + moves, 0);
  expect('number of done moves', count, events.length);
  for (const part of PARTS) {
    const sent = taken.get(part) ?? 0;
    expect(`done moves of part ${part}`, moved.get(part)?.[1], sent);
    expect(`on hand of part ${part}`, onHand.get(part)?.[0], OPENING - sent);
    expect(`consumed of part ${part}`, consumed.get(part)?.[0], sent);
    if (!mayStayReserved) expect(`reserved of part ${part}`, onHand.get(part)?.[1], 0);
  }
}

/** Parts of which something is still reserved, though all is done. */
export async function findReserved(db: string): Promise<number[]> {
  const onHand = await rows(ON_HAND, db);
  return PARTS.filter((part) => onHand.get(part)?.[1] !== 0);
}

/** What the subject leaves beside the moves: its message, binding, queue fields and audit row per event. */
export async function checkTraces(db: string, events: readonly Consumption[]): Promise<void> {
  const found = (await sql(TRACES, db)).split('|').map(Number);
  for (const [index, what] of ['messages', 'moves', 'bindings', 'audit rows'].entries())
    expect(`number of ${what} done`, found[index], events.length);
}

const ENTRIES = `select count(*) filter (where m.account_move_id is null), coalesce(sum(m.quantity) * 7.5, 0),
    (select coalesce(sum(l.balance), 0) from account_move_line l join account_move e on e.id = l.move_id
      where e.state = 'posted' and l.account_id = place.valuation_account_id)
  from stock_location place left join stock_move m on m.location_dest_id = place.id and m.state = 'done'
  where place.valuation_account_id is not null and place.usage = 'production' group by place.id`;

/** Under real-time valuation every done move is in a posted entry, and the account has just what was taken, to the cent. */
export async function checkEntries(db: string): Promise<void> {
  const found = await sql(ENTRIES, db);
  if (found === '') return; // nobody values in real time here
  const [without, value, booked] = found.split('|').map(Number);
  expect('moves without an entry', without, 0);
  expect('value booked', booked, value ?? NaN);
}

async function rows(query: string, db: string): Promise<Map<number, number[]>> {
  const lines = (await sql(query, db)).split('\n').filter((line) => line !== '');
  return new Map(
    lines.map((line) => line.split('|').map(Number)).map(([part = NaN, ...rest]) => [part, rest]),
  );
}

function expect(what: string, found: number | undefined, wanted: number): void {
  if (found !== wanted) throw new Error(`${what}: found ${found}, sent ${wanted}`);
}
