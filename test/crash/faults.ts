import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { checkoutHome, ensureOdooDir } from '../../scripts/odoo/paths.ts';
import { Line, type LineOptions } from '../../scripts/start/line.ts';
import { until } from '../helpers/wait.ts';

/** The points at which a whole Odoo is killed. */
export const POINTS = ['storing', 'stored', 'claimed', 'effect', 'committed'] as const;
/** All points of `odoo_addon/test_millwright`; its README says where they are. */
export type Point =
  | (typeof POINTS)[number]
  | 'released'
  | 'planned'
  | 'begun'
  | 'giving_back'
  | 'failing'
  | 'failed'
  | 'taking_back';

/** What happens at a point; `text` only for commands whose canonical text holds it. */
export type Act =
  { act: 'kill'; passes?: number; text?: string } | { act: 'raise' | 'hang' | 'eat' | 'wait'; text?: string };

const GATE_MS = 60_000;

/** Arms the fault points of one Odoo: a file per point, in a directory that Odoo's user can write. */
export class Faults {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(name: string): Promise<Faults> {
    const folder = join(checkoutHome, `faults-${name}`);
    rmSync(folder, { recursive: true, force: true });
    return new Faults(await ensureOdooDir(folder));
  }

  /** What the server needs in its environment. */
  get env(): Record<string, string> {
    return { TEST_MILLWRIGHT_FAULTS: this.folder };
  }

  /** A whole line on a database of its own, whose Odoo has these points. */
  async openLine(options: Omit<LineOptions, 'mode' | 'addons'>): Promise<Line> {
    const odoo = { ...options.odoo, env: this.env };
    return Line.open({ ...options, mode: 'until_accepted', addons: ['test_millwright'], odoo });
  }

  /** From now on the point acts; what it did before is forgotten. */
  arm(point: Point, act: Act): void {
    for (const name of readdirSync(this.folder))
      if (name.startsWith(`${point}.`)) rmSync(join(this.folder, name), { force: true });
    const file = join(this.folder, point);
    writeFileSync(file, JSON.stringify(act));
    chmodSync(file, 0o666);
  }

  disarm(point: Point): void {
    rmSync(join(this.folder, point), { force: true });
  }

  /** Ids of the processes to which it happened there, one for each time. */
  happened(point: Point, what: 'killed' | 'raised' | 'hung' | 'ate'): number[] {
    const file = join(this.folder, `${point}.${what}`);
    if (!existsSync(file)) return [];
    return readFileSync(file, 'utf8').trim().split('\n').map(Number);
  }

  /** Ids of the processes that wait at the point; resolves when there are as many. */
  async waiting(point: Point, count: number): Promise<number[]> {
    const prefix = `${point}.gate-`;
    const found = (): number[] =>
      readdirSync(this.folder)
        .filter((name) => name.startsWith(prefix))
        .map((name) => Number(name.slice(prefix.length)));
    await until(() => found().length >= count, GATE_MS, `${count} processes at the point "${point}"`);
    return found();
  }

  /** Lets one process go on that waits at the point. */
  async letGo(point: Point, pid: number): Promise<void> {
    const gate = await open(join(this.folder, `${point}.gate-${pid}`), 'w'); // waits for its reader
    await gate.close();
  }
}
