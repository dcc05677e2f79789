// Opens a page that `epistle preview --watch` keeps anew, and sees whether it
// renews itself: without a server, at the same place, in the same look of the mail.
// Usage: node renewal.mjs PAGE BULLETIN BEFORE AFTER; ends with 1 and a sentence where it doesn't.
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';
import { launch } from './browser.mjs';

const [file, bulletin, before, after] = process.argv.slice(2);
const browser = await launch();
const page = await (await browser.newContext({ viewport: { width: 1000, height: 700 } })).newPage();
const wrong = [];
page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
await page.goto(pathToFileURL(resolve(file)).href);
await page.locator('label[for=look-dark]').click();
await page.evaluate(() => scrollTo(0, 500));
writeFileSync(bulletin, readFileSync(bulletin, 'utf8').replaceAll(before, after));
await page.locator('h1', { hasText: after }).waitFor({ timeout: 15_000 });
const seen = await page.evaluate(() => ({ top: Math.round(scrollY), look: document.querySelector('.looks > input:checked').id }));
if (seen.top !== 500 || seen.look !== 'look-dark') wrong.push(`after the renewal it stands at ${JSON.stringify(seen)}`);
await browser.close();
console.log(wrong.join('\n'));
process.exit(wrong.length ? 1 : 0);
