import type { Report } from './report.ts';

export interface Addresses {
  odoo: string;
  database: string;
  login: string;
  sidecar: string;
}

/** The summary for the plant manager: what came in, what came of it, what waits for whom. */
export function describe(report: Report, at: Addresses): string {
  return [
    '',
    'What came in',
    ...table([
      [
        'callbacks received',
        report.accepted,
        report.sent > report.accepted ? `${report.sent - report.accepted} refused: wrong signature` : '',
      ],
      ['the same event told twice', report.duplicates, 'dropped'],
    ]),
    '',
    'What came of it',
    ...table([
      ['machines', report.equipment, 'equipment in Odoo'],
      ['work orders', report.requests, 'maintenance requests'],
      ['parts taken or given back', report.moves, 'stock moves, posted'],
      ['of no business effect', report.ignored, 'ignored, with the reason beside each'],
      ['waited for a late machine', report.released, 'released when it arrived'],
    ]),
    '',
    'Stock',
    ...report.stock.map(
      (line) =>
        `  ${line.part.padEnd(5)}${line.name.padEnd(34)}${line.before.padStart(9)} → ${line.after.padStart(8)}${line.bound ? '' : '   bound to no product yet'}`,
    ),
    '',
    ...waiting(report),
    verdict(report),
    '',
    'Look at it',
    `  Odoo       ${at.odoo}/odoo   database ${at.database}, login ${at.login}`,
    '             Maintenance: requests and equipment; Inventory: moves; Millwright: inbox and parts',
    `  sidecar    ${at.sidecar}/health/ready and ${at.sidecar}/metrics`,
    '',
    `${report.seconds} s in all.`,
  ].join('\n');
}

function table(rows: [label: string, value: number, note: string][]): string[] {
  return rows.map(
    ([label, value, note]) =>
      `  ${label.padEnd(28)}${String(value).padStart(5)}${note === '' ? '' : `  ${note}`}`,
  );
}

function waiting(report: Report): string[] {
  if (report.waiting.length === 0) return ['Nothing waits for anybody.', ''];
  const lines = report.waiting.flatMap((item) => [
    `  ${String(item.count).padStart(3)} × ${item.what} (${item.where}): ${item.why}`,
    `        → ${item.remedy}`,
  ]);
  const open = report.discrepancies;
  const difference =
    open === 0
      ? []
      : [
          `  ${String(open).padStart(3)} difference(s) between what the CMMS says was used and what is posted: Millwright, Discrepancies`,
        ];
  return ['Waiting for a person', ...lines, ...difference, ''];
}

function verdict(report: Report): string {
  if (report.lost + report.double + report.wrong_stock === 0) {
    return 'The independent ledger finds every accepted consumption posted once: nothing lost, nothing double.';
  }
  const found = `The independent ledger finds ${report.lost} lost, ${report.double} double, ${report.wrong_stock} wrong stock figures:`;
  return [found, ...report.findings.slice(0, 20).map((finding) => `  ${finding}`)].join('\n');
}
