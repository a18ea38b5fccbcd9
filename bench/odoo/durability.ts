import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { runDir, sql } from '../../scripts/odoo/index.ts';
import { measureFsync } from '../measure.ts';

/** What the writing of every contestant stands on: the disk, and how PostgreSQL waits for it. */
export interface Durability {
  fsync_ms: number;
  synchronous_commit: string;
  fsync: string;
}

/** Call it before anything is measured. */
export async function readDurability(): Promise<Durability> {
  mkdirSync(runDir, { recursive: true });
  return {
    fsync_ms: measureFsync(join(runDir, `fsync-${process.pid}`)),
    synchronous_commit: await sql('show synchronous_commit'),
    fsync: await sql('show fsync'),
  };
}
