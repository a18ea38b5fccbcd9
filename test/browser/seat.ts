import type { Browser } from 'playwright-core';
import { ownDatabase } from '../../scripts/odoo/index.ts';
import { PARTS, SAMPLE_PART, type Part } from '../../scripts/shift/index.ts';
import { startSeededOdoo, type SeededOdoo } from '../helpers/odoo.ts';
import { openBrowser, OdooPage } from './odoo-page.ts';

/** A part that no product is bound to yet, and one that is bound. */
export const UNBOUND = { ...SAMPLE_PART, bound: false };
export const [BOUND = UNBOUND] = PARTS;

/** An Odoo with one plant, and an administrator in front of it. */
export interface Seat {
  odoo: SeededOdoo;
  browser: Browser;
  screen: OdooPage;
}

/**
 * Sits down before the tests of a describe and gets up after them. `prepare` fills Odoo before the browser opens; `seated` takes what
 * the tests work with. What was on the screen when a test failed is kept as a picture.
 */
export function takeSeat(
  name: string,
  parts: readonly Part[],
  prepare: (odoo: SeededOdoo) => Promise<void>,
  seated: (seat: Seat) => void,
): void {
  let seat: Seat | undefined;

  before(async () => {
    const odoo = await startSeededOdoo(ownDatabase(`browser_${name}`), parts);
    await prepare(odoo);
    const browser = await openBrowser();
    seat = { odoo, browser, screen: await OdooPage.logIn(browser, odoo.server.url, 'admin', 'admin') };
    seated(seat);
  });

  after(async () => {
    await seat?.browser.close();
    await seat?.odoo.stop();
  });

  afterEach(async function () {
    if (seat !== undefined && this.currentTest?.state === 'failed')
      await OdooPage.shootNewest(seat.browser, `failed-${this.currentTest.title}`);
  });
}
