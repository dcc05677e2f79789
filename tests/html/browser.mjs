// Opens mails in Debian's Chromium, in the ways in which mail programs show them.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];
// Nothing is there: every request is answered here, or refused and noted.
const HOST = 'https://mail.invalid/';

export function launch() {
  const executablePath = PLACES.find((place) => existsSync(place));
  if (!executablePath) throw new Error(`no Chromium at ${PLACES.join(', ')}: apt install chromium`);
  return chromium.launch({ executablePath, args: FLAGS });
}

/**
 * Shows a document. `parts` are the images that travel with the mail, by Content-ID;
 * `loaded` collects whatever else it asks for.
 */
export async function show(browser, html, { width, scheme = 'light', parts = {}, loaded = [], scale = 1 }) {
  const context = await browser.newContext({
    viewport: { width, height: 900 }, colorScheme: scheme, deviceScaleFactor: scale,
  });
  await context.route('**/*', (route) => {
    const url = route.request().url();
    const part = url.startsWith(`${HOST}part/`) && parts[decodeURIComponent(url.slice(HOST.length + 5))];
    if (url === HOST) return route.fulfill({ contentType: 'text/html; charset=utf-8', body: html.replaceAll('"cid:', `"${HOST}part/`) });
    if (part) return route.fulfill({ body: part.bytes, contentType: part.type });
    loaded.push(url);
    return route.abort();
  });
  const page = await context.newPage();
  await page.goto(HOST);
  return page;
}

/** As GMX, web.de and Gmail with foreign accounts show it: no style block, and what only Outlook reads is a comment. */
export const bare = (html) => html.replace(/<!--.*?-->/gs, '').replace(/<style>.*?<\/style>/gs, '');

/** As a webmail shows it, in a page that has a mind of its own. */
export function hosted(html) {
  const body = bare(html).replace(/^.*<body[^>]*>/s, '').replace(/<\/body>.*$/s, '');
  return `<!doctype html><html lang="he" dir="rtl"><head><meta charset="utf-8"><title>Webmail</title></head>
    <body style="font:11px/1.1 Courier,monospace;color:#cc0000;text-align:right;direction:rtl"><div>${body}</div></body></html>`;
}
