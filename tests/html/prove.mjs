// Puts every rule to the mails of a folder, and keeps pictures of them there.
//
// `node prove.mjs FOLDER [RULE…]`: each `NAME.html` there is a mail; `NAME.parts.json`,
// where there is one, has the images that travel with it. With names, only those rules. `faulty.html` beside
// this file breaks every rule, and each rule must see that: a rule that sees
// nothing there sees nothing at all.
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { launch, show } from './browser.mjs';
import { outlived } from './clients.mjs';
import { RULES } from './rules.mjs';

// The faults of one rule in one mail that are told; one cause often has many.
const SHOWN = 6;
const [folder, ...only] = process.argv.slice(2);
const rules = Object.entries(RULES).filter(([rule]) => only.length === 0 || only.includes(rule));
const pictures = join(folder, 'pictures');
mkdirSync(pictures, { recursive: true });

function mailOf(path) {
  const partsPath = path.replace(/\.html$/, '.parts.json');
  const parts = existsSync(partsPath) ? JSON.parse(readFileSync(partsPath, 'utf8')) : {};
  for (const part of Object.values(parts)) part.bytes = Buffer.from(part.base64, 'base64');
  return { name: basename(path, '.html'), html: readFileSync(path, 'utf8'), parts };
}

const browser = await launch();
const used = new Set();
const faults = [];
const mails = readdirSync(folder).filter((name) => name.endsWith('.html')).map((name) => mailOf(join(folder, name)));
if (mails.length === 0) faults.push(`${folder} has no mail`);
// The rules wait for the browser most of the time, so those of one mail run side by side.
const prove = (mail, allowed) => Promise.all(rules
  .map(async ([rule, run]) => [rule, [...new Set(await run(browser, mail, allowed))]]));
for (const mail of mails) {
  for (const [rule, found] of await prove(mail, used)) {
    for (const fault of found.slice(0, SHOWN)) faults.push(`${mail.name}: ${rule}: ${fault}`);
    if (found.length > SHOWN) faults.push(`${mail.name}: ${rule}: and ${found.length - SHOWN} more`);
  }
  for (const scheme of ['light', 'dark']) {
    for (const width of [320, 720]) {
      const page = await show(browser, mail.html, { width, scheme, parts: mail.parts });
      await page.screenshot({ path: join(pictures, `${mail.name}-${scheme}-${width}.png`), fullPage: true });
      await page.context().close();
    }
  }
}
if (only.length === 0) faults.push(...outlived(used));
faults.push(...only.filter((rule) => !RULES[rule]).map((rule) => `there is no rule ${rule}`));

const faulty = mailOf(new URL('faulty.html', import.meta.url).pathname);
for (const [rule, found] of await prove(faulty, new Set())) {
  if (found.length === 0) faults.push(`the rule ${rule} sees no fault in faulty.html`);
}
await browser.close();

for (const fault of faults) console.error(fault);
console.log(`${mails.length} mails, ${rules.length} rules, ${faults.length} faults; pictures in ${pictures}`);
process.exit(faults.length === 0 ? 0 : 1);
