import type { BackendConfig } from './config.ts';
import type { Contract } from './contract.ts';
import { ISSUER_EXPECTED, readIssuer } from './sources/issued-token.ts';

/** What a contract needs of its backend's configuration: without it every callback would be refused. */
export function unmetNeeds(
  backend: BackendConfig,
  { source, events }: Pick<Contract, 'source' | 'events'>,
): string[] {
  const signsAddress = source.verify.some((scheme) => 'message' in scheme && scheme.message.includes('uri'));
  const problems: string[] = [];
  if (signsAddress && backend.public_url === null)
    problems.push(`${backend.code}: the address is signed: set "public_url" to how senders reach us`);
  const names = new Set(source.verify.flatMap((scheme) => ('secret' in scheme ? [scheme.secret] : [])));
  for (const { from, secret, name, event } of backend.callback_secrets) {
    if (name !== null && !names.has(name))
      problems.push(`${backend.code}: ${from}: no scheme goes by secrets named "${name}"`);
    if (event !== null && !Object.hasOwn(events, event))
      problems.push(`${backend.code}: ${from}: the contract has no event "${event}"`);
    const isIssuer = source.verify.some((scheme) => scheme.profile === 'jwt' && scheme.secret === name);
    if (isIssuer && secret !== null && readIssuer(secret.reveal()) === null)
      problems.push(`${backend.code}: ${from}: names no issuer of tokens; expected ${ISSUER_EXPECTED}`);
  }
  return problems;
}
