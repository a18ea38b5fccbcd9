import { show, type Audit } from '../../test/ledger/index.ts';
import { look, type Standing } from './drain.ts';
import { PLANT_PARTS, type Line } from './line.ts';

/** What `npm start -- --json` prints. */
export interface Report {
  /** Callbacks posted, and those answered 2xx. */
  sent: number;
  accepted: number;
  /** Accepted callbacks that repeat an event. */
  duplicates: number;
  /** Messages by their end: in Odoo's inbox and, for held and dead, in the sidecar. */
  done: number;
  ignored: number;
  held: number;
  dead: number;
  /** Done stock moves, and what the independent ledger says about them. */
  moves: number;
  lost: number;
  double: number;
  wrong_stock: number;
  equipment: number;
  requests: number;
  /** Messages that the CMMS was asked for, beside those it sent. */
  read: number;
  released: number;
  discrepancies: number;
  stock: StockLine[];
  waiting: Waiting[];
  findings: string[];
  seconds: number;
}

export interface StockLine {
  part: string;
  name: string;
  before: string;
  after: string;
  bound: boolean;
}

export interface Waiting {
  where: 'Odoo' | 'sidecar';
  count: number;
  what: string;
  why: string;
  /** What a person does about it. */
  remedy: string;
}

interface InboxRow {
  event: string;
  state: string;
  wait_kind: string | false;
  code: string | false;
  last_error: string | false;
}

/** Gathers what there is to say about a line that has come to rest. */
export async function buildReport(line: Line, released: number, startedAt: number): Promise<Report> {
  const { sent } = line.cmms.sender;
  const accepted = sent.filter((callback) => callback.accepted).length;
  const audit = await line.audit();
  const standing = await look(line.rpc, line.sidecar);
  const newRecords = (model: string): Promise<unknown> =>
    line.rpc.call(model, 'search_count', [[['create_date', '>=', line.since]]], {
      context: { active_test: false },
    });
  return {
    sent: sent.length,
    accepted,
    ...ends(standing),
    moves: audit.moves,
    lost: audit.lost,
    double: audit.double,
    wrong_stock: audit.wrongStock,
    equipment: Number(await newRecords('maintenance.equipment')),
    requests: Number(await newRecords('maintenance.request')),
    read: standing.spool.received + standing.spool.duplicates - accepted,
    released,
    discrepancies: Number(
      await line.rpc.call('millwright.discrepancy', 'search_count', [[['state', '=', 'open']]]),
    ),
    stock: stockLines(line, audit),
    waiting: [...(await waitingInOdoo(line)), ...(await waitingInSidecar(line))],
    findings: audit.findings.map((finding) => `${finding.kind}: ${finding.text}`),
    seconds: Math.round((Date.now() - startedAt) / 100) / 10,
  };
}

function ends({ spool, inbox }: Standing): Pick<Report, 'duplicates' | 'done' | 'ignored' | 'held' | 'dead'> {
  return {
    duplicates: spool.duplicates,
    done: inbox.done,
    ignored: inbox.ignored,
    held: inbox.held + spool.held,
    dead: inbox.dead + spool.dead,
  };
}

function stockLines(line: Line, audit: Audit): StockLine[] {
  return PLANT_PARTS.map((part) => {
    const code = String(part.id);
    const product = line.plant.bindings.get(code) ?? line.plant.unbound.get(code) ?? 0;
    const before = line.baseline.onHand.get(product) ?? 0n;
    const after = audit.now.get(product) ?? before;
    return {
      part: code,
      name: part.name,
      before: show(before),
      after: show(after),
      bound: line.plant.bindings.has(code),
    };
  });
}

async function waitingInOdoo(line: Line): Promise<Waiting[]> {
  const domain = [
    ['backend_id', '=', line.plant.backend],
    ['state', 'in', ['held', 'dead']],
    ['child_ids', '=', false],
  ];
  const fields = ['event', 'state', 'code', 'last_error', 'wait_kind'];
  const rows = await line.rpc.searchRead<InboxRow>('millwright.inbox', domain, fields);
  return grouped(
    rows.map((row) => {
      const why = row.last_error || row.code || '';
      return { where: 'Odoo', count: 1, what: row.event, why, remedy: remedyFor(row) };
    }),
  );
}

const REMEDIES: Record<string, string> = {
  part: 'choose its product in Millwright, Parts: it goes on by itself',
  equipment: 'goes on by itself when the machine is known',
  work_order: 'goes on by itself when the work order is known',
  row: 'goes on by itself when that one does',
  handler: 'goes on by itself when an addon carries it out',
  plant: 'translate the location in Millwright, Cross-references',
};

function remedyFor(row: InboxRow): string {
  if (row.state === 'dead') return 'look at the reason in Millwright, Inbox, then redrive or ignore it';
  return REMEDIES[row.wait_kind || ''] ?? 'decide in Millwright, Inbox: release or ignore it';
}

async function waitingInSidecar(line: Line): Promise<Waiting[]> {
  const rows = [...(await line.sidecar.deliveries('held')), ...(await line.sidecar.deliveries('dead'))];
  return grouped(
    rows.map((row) => {
      const why = row.last_error ?? row.reason ?? '';
      const remedy =
        row.state === 'held' ? 'kept until a contract knows it' : 'look at the reason, then redrive it';
      return { where: 'sidecar', count: 1, what: row.event ?? '?', why, remedy };
    }),
  );
}

function grouped(rows: Waiting[]): Waiting[] {
  const groups = new Map<string, Waiting>();
  for (const row of rows) {
    const key = `${row.what}\n${row.why}`;
    const known = groups.get(key);
    if (known === undefined) groups.set(key, row);
    else known.count += 1;
  }
  return [...groups.values()];
}
