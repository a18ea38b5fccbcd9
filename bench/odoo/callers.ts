import { connectOdoo, startOdoo, type OdooClient } from '../../scripts/odoo/index.ts';

/**
 * A peer over odoo-await: clients of a real server of its own that share a queue. `prepare` is not measured; `call` does what a person
 * would write for one item. Gives seconds from the first call to the last answer.
 */
export async function measureCallers<Item, Facts>(
  db: string,
  clients: number,
  items: readonly Item[],
  prepare: (odoo: OdooClient) => Promise<Facts>,
  call: (odoo: OdooClient, facts: Facts, item: Item) => Promise<void>,
): Promise<number> {
  const server = await startOdoo({ db, maxCronThreads: 0 });
  try {
    await server.waitReady();
    const connection = { url: server.url, db, user: 'admin', password: 'admin' };
    const connected = await Promise.all(Array.from({ length: clients }, () => connectOdoo(connection)));
    const [first] = connected;
    if (first === undefined) throw new TypeError('at least one client');
    const facts = await prepare(first);
    const queue = items[Symbol.iterator]();
    const started = performance.now();
    await Promise.all(
      connected.map(async (odoo) => {
        for (const item of queue) await call(odoo, facts, item);
      }),
    );
    return (performance.now() - started) / 1000;
  } finally {
    await server.stop();
  }
}
