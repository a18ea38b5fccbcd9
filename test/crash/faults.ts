import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkoutHome, ensureOdooDir } from '../../scripts/odoo/paths.ts';

/** The points of `odoo_addon/test_millwright`. */
export const POINTS = ['storing', 'stored', 'claimed', 'effect', 'committed'] as const;
export type Point = (typeof POINTS)[number];

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

  /** The process dies at its `passes + 1`-th time at this point. */
  arm(point: Point, passes: number): void {
    rmSync(join(this.folder, `${point}.killed`), { force: true });
    const file = join(this.folder, point);
    writeFileSync(file, String(passes));
    chmodSync(file, 0o666);
  }

  disarm(point: Point): void {
    rmSync(join(this.folder, point), { force: true });
  }

  hasKilled(point: Point): boolean {
    return existsSync(join(this.folder, `${point}.killed`));
  }
}
