import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type Locator, type Page } from 'playwright-core';
import { CHROMIUM_FLAGS, checkout, ensureChromium } from '../../scripts/odoo/index.ts';

export const SCREENSHOTS = join(checkout, 'artifacts/screenshots');
/** The first page of a database may still compile its assets. */
const TIMEOUT_MS = 90_000;
/** A file that the Debian package of Odoo leaves out. */
const HARMLESS = 'selfie_segmentation';

export async function openBrowser(): Promise<Browser> {
  const executablePath = await ensureChromium();
  return chromium.launch({ executablePath, args: [...CHROMIUM_FLAGS] });
}

/** One person at Odoo's screens. Every step waits until what it needs is there. */
export class OdooPage {
  readonly page: Page;
  /** What the browser complained of: uncaught errors and console errors. */
  readonly complaints: string[] = [];
  readonly #url: string;

  private constructor(page: Page, url: string) {
    this.page = page;
    this.#url = url;
    page.setDefaultTimeout(TIMEOUT_MS);
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
  }

  static async logIn(browser: Browser, url: string, login: string, password: string): Promise<OdooPage> {
    const context = await browser.newContext({ viewport: { width: 1500, height: 900 } });
    const odoo = new OdooPage(await context.newPage(), url);
    await odoo.page.goto(`${url}/web/login`);
    await odoo.page.locator('input[name=login]').fill(login);
    await odoo.page.locator('input[name=password]').fill(password);
    await odoo.page.locator('.oe_login_form button[type=submit]').click();
    await odoo.page.locator('.o_main_navbar').waitFor();
    return odoo;
  }

  /** Opens an action by its external id, or one of its records. */
  async open(action: string, id?: number): Promise<void> {
    const record = id === undefined ? '' : `/${id}`;
    await this.page.goto(`${this.#url}/odoo/action-${action}${record}`);
    await this.ready();
  }

  /** Opens a record in the form that Odoo has for its model. */
  async openRecord(model: string, id: number): Promise<void> {
    await this.page.goto(`${this.#url}/odoo/${model}/${id}`);
    await this.ready();
  }

  /** A view is shown and no request is under way. */
  async ready(): Promise<void> {
    await this.page
      .locator('.o_view_controller .o_renderer, .o_form_view, .o_list_view, .o_view_nocontent')
      .first()
      .waitFor();
    await this.page.locator('.o_loading_indicator').waitFor({ state: 'detached' });
  }

  /** Switches a filter of the search on. */
  async filter(name: string): Promise<void> {
    await this.page.locator('.o_searchview_dropdown_toggler').click();
    await this.page
      .locator('.o_search_bar_menu')
      .getByRole('menuitemcheckbox', { name, exact: true })
      .click();
    await this.page.keyboard.press('Escape');
    await this.page.locator('.o_searchview_facet', { hasText: name }).waitFor();
    await this.ready();
  }

  /** Rows of the list that contain all these texts. */
  rows(...texts: string[]): Locator {
    let rows = this.page.locator('.o_list_view .o_data_row');
    for (const text of texts) rows = rows.filter({ hasText: text });
    return rows;
  }

  field(name: string): Locator {
    return this.page.locator(`.o_field_widget[name="${name}"]`).first();
  }

  /** The step of the status bar that the record is at, when it is this one. */
  state(label: string): Locator {
    return this.page.locator('.o_statusbar_status .o_arrow_button_current', { hasText: label });
  }

  /** A box above the form that contains these texts. */
  alert(...texts: string[]): Locator {
    let alerts = this.page.locator('.o_form_view .alert:visible');
    for (const text of texts) alerts = alerts.filter({ hasText: text });
    return alerts;
  }

  /** Names in the menu bar. */
  async menus(): Promise<string[]> {
    return this.texts('.o_menu_sections > *');
  }

  /** Opens a menu of the bar and gives the names in it. Another one that is open is closed before, so that none of its names is read. */
  async openMenu(name: string): Promise<string[]> {
    const menu = this.page.locator('.o-dropdown--menu');
    if ((await menu.count()) > 0) {
      await this.page.keyboard.press('Escape');
      await menu.first().waitFor({ state: 'detached' });
    }
    await this.page.getByRole('button', { name, exact: true }).click();
    await menu.waitFor();
    return this.texts('.o-dropdown--menu [role=menuitem]');
  }

  private async texts(selector: string): Promise<string[]> {
    const texts = await this.page.locator(selector).allInnerTexts();
    return texts.map((text) => text.trim());
  }

  button(name: string): Locator {
    return this.page.locator(`button[name="${name}"]:visible`).first();
  }

  /** Types into a many2one and takes the first proposal that contains the text. */
  async choose(field: string, text: string): Promise<void> {
    await this.field(field).locator('input').fill(text);
    await this.page.locator('.o-autocomplete--dropdown-item', { hasText: text }).first().click();
  }

  /** What the browser complained of from that many complaints on, without what every page of this package has. */
  complaintsSince(count: number): string[] {
    return this.complaints.slice(count).filter((text) => !text.includes(HARMLESS));
  }

  async shoot(name: string): Promise<void> {
    await shootPage(this.page, name);
  }

  /** A picture of what whoever logged in last has before him. */
  static async shootNewest(browser: Browser, name: string): Promise<void> {
    const page = browser.contexts().at(-1)?.pages()[0];
    if (page !== undefined) await shootPage(page, name);
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}

async function shootPage(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
}
