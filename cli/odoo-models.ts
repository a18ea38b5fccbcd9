import OdooAwait from 'odoo-await';

import { MODELS, keepModel } from '../generator/index.ts';
import type { OdooModels } from '../generator/index.ts';
import { UsageError } from './spec-file.ts';

/** Where an Odoo is and who asks it; the password may be an API key and is never shown. */
export interface OdooAddress {
  readonly url: string;
  readonly database: string;
  readonly user: string;
  readonly password: string;
}

/** For all calls together: Odoo's client library waits for ever. */
const TIMEOUT_MS = 60_000;
/** The release that the generator writes for. */
const VERSION = '19.0';
type Fields = Parameters<typeof keepModel>[0];

/** Reads what the models are like that specs can name fields of. Throws UsageError with a sentence when it cannot. */
export async function readModels(address: OdooAddress, timeoutMs = TIMEOUT_MS): Promise<OdooModels> {
  let timer: NodeJS.Timeout | undefined;
  const stop = new AbortController();
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new UsageError(`${address.url} did not answer within ${String(timeoutMs / 1000)} s`));
      stop.abort();
    }, timeoutMs);
  });
  try {
    return await Promise.race([ask(address, stop.signal), late]);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(explain(address, error));
  } finally {
    clearTimeout(timer);
  }
}

async function ask({ url, database, user, password }: OdooAddress, signal: AbortSignal): Promise<OdooModels> {
  await expectVersion(url, signal);
  const odoo = new OdooAwait({ baseUrl: url, db: database, username: user, password });
  await odoo.connect();
  const found: Record<string, ReturnType<typeof keepModel>> = {};
  for (const model of MODELS) {
    const attributes = ['type', 'required', 'readonly', 'relation', 'selection', 'company_dependent'];
    const fields = (await odoo.execute_kw(model, 'fields_get', [[], { attributes }])) as Fields;
    const names = Object.keys(fields);
    const defaults = (await odoo.execute_kw(model, 'default_get', [[names]])) as Record<string, unknown>;
    found[model] = keepModel(fields, defaults);
  }
  return found;
}

/** Odoo says its version to anybody, before a login is sent to whatever answers there. */
async function expectVersion(url: string, signal: AbortSignal): Promise<void> {
  const response = await fetch(new URL('/web/version', url), { redirect: 'error', signal });
  const version = response.ok ? versionIn(await response.text()) : undefined;
  if (version === VERSION) return;
  const found = version === undefined ? 'something that is no Odoo 19' : `Odoo ${version}`;
  throw new UsageError(`${url} is ${found}; expected Odoo ${VERSION}`);
}

function versionIn(text: string): string | undefined {
  const found = /"version_info":\s*\[\s*(?:"saas~)?(\d+)"?\s*,\s*(\d+)/.exec(text);
  return found === null ? undefined : `${found[1] ?? ''}.${found[2] ?? ''}`;
}

/** The library rejects with texts, faults and network errors; a fault may be a whole traceback. */
function explain({ url, database, user }: OdooAddress, error: unknown): string {
  const fault =
    typeof error === 'object' && error !== null && 'faultString' in error ? error.faultString : undefined;
  // fetch says why in the cause only
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const text = fault ?? (cause instanceof Error ? cause.message : cause);
  const last = String(text).trim().split('\n').at(-1)?.trim() ?? '';
  const reached = fault !== undefined || typeof error === 'string';
  const remedy = reached
    ? `Check the database "${database}", the user "${user}" with its password or API key, and that maintenance and stock are installed.`
    : 'Is Odoo running at that address?';
  return `the models of ${url} cannot be read: ${last || 'no connection'}. ${remedy}`;
}
