import { existsSync } from 'node:fs';
import { ensurePackages } from './apt.ts';

const PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** For playwright-core: no window, usable as root and in a container, and no calls home. */
export const CHROMIUM_FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
] as const;

/** The path of a Chromium, installed from Debian when the machine has none. */
export async function ensureChromium(): Promise<string> {
  const found = PATHS.find((path) => existsSync(path));
  if (found !== undefined) return found;
  await ensurePackages(['chromium'], 'Chromium for the browser tests');
  return '/usr/bin/chromium';
}

/** What Odoo's own tours need: a Chromium, and what its tests talk to it with. */
export async function ensureTours(): Promise<void> {
  await ensureChromium();
  await ensurePackages(['python3-websocket'], 'what Odoo’s tours need');
}
