// A browser for the tests of pages, and the application that serves them on a port of its own.
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll } from 'vitest';
import { findChromium } from '../../scripts/chromium.mjs';

/** Chromium as it is on this machine; undefined where there is none. */
export const chromiumHere: string | undefined = findChromium();

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** What a page said that nobody should see: errors and warnings of its console, and requests to other hosts. */
export interface Watched {
  readonly page: Page;
  readonly said: string[];
}

/** Starts the browser; it ends with the test file. */
export async function openBrowser(): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: chromiumHere!, args: FLAGS });
  afterAll(() => browser.close());
  return browser;
}

/** A page in a window of its own. A refused sign-in is no mistake of the page. */
export async function openPage(
  browser: Browser,
  base: string,
  options: { readonly width?: number; readonly height?: number; readonly dark?: boolean } = {},
): Promise<Watched> {
  const { width = 1440, height = 860, dark = false } = options;
  const context = await browser.newContext({
    baseURL: base,
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
  });
  // Four files at a time on two cores: whoever waits for a page waits until it is there.
  context.setDefaultTimeout(120_000);
  const page = await context.newPage();
  const said: string[] = [];
  page.on('console', (message) => {
    const isExpected =
      message.text().includes('401 (Unauthorized)') || message.text().includes('409 (Conflict)');
    if (['error', 'warning'].includes(message.type()) && !isExpected) said.push(message.text());
  });
  page.on('pageerror', (error) => said.push(error.message));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(base) && !/^(data|blob):/.test(url)) said.push(`asked ${url}`);
  });
  return { page, said };
}

/** Where a test leaves its pictures, for whoever looks at them. */
export function pictureOf(name: string): string {
  const folder = process.env['KINDLING_PICTURES'] ?? path.join(tmpdir(), 'kindling-pictures');
  mkdirSync(folder, { recursive: true });
  return path.join(folder, `${name}.png`);
}
