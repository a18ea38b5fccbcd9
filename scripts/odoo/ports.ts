import { createServer, type AddressInfo } from 'node:net';
import type { OdooPorts } from './command.ts';

/** Two ports that nobody listened on a moment ago. */
export async function freePorts(http?: number): Promise<OdooPorts> {
  const servers = await Promise.all([listen(http ?? 0), listen(0)]);
  const [first, second] = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  if (first === undefined || second === undefined) throw new Error('no free port');
  return { http: first, gevent: second };
}

function listen(port: number): Promise<ReturnType<typeof createServer>> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      resolve(server);
    });
  });
}
