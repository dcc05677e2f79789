// Puts review pages to the test in Chromium, from files as people open them:
// axe in light and dark, sideways scrolling, scripts, requests, the looks of the mail.
// Usage: node review.mjs FOLDER [PICTURES]; prints faults, and ends with 1 where there are any.
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { launch } from './browser.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const [folder, pictures] = process.argv.slice(2);
const faults = [];
const browser = await launch();

for (const name of readdirSync(folder).filter((name) => name.endsWith('.html') && !name.endsWith('.mail.html'))) {
  for (const scheme of ['light', 'dark']) {
    for (const width of pictures ? [320, 375, 1280] : [320, 1280]) {
      const where = `${name}, ${scheme}, ${width} px`;
      const fault = (told) => faults.push(`${where}: ${told}`);
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme, bypassCSP: false });
      const page = await context.newPage();
      const url = pathToFileURL(resolve(folder, name)).href;
      page.on('request', (request) => request.url() !== url && !request.url().startsWith('about:') && !request.url().startsWith('data:') && fault(`asks for ${request.url()}`));
      page.on('dialog', (dialog) => { fault(`opens a dialog: ${dialog.message()}`); dialog.dismiss(); });
      page.on('pageerror', (error) => fault(`runs a script: ${error}`));
      await page.goto(url);
      await page.evaluate(() => document.querySelectorAll('details').forEach((details) => { details.open = true; }));
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (wide > 0) fault(`is ${wide} px too wide`);
      // Every look of the mail is shown in turn, by the keyboard alone, and shows something.
      const mails = await page.locator('.looks').all();
      for (const [number, mail] of mails.entries()) {
        const inputs = mail.locator('> input');
        const looks = await inputs.count();
        await inputs.first().focus();
        for (let look = 0; look < looks; look += 1) {
          const shown = await mail.locator('.stage:visible iframe').count();
          const says = await mail.locator('.says:visible').count();
          if (shown !== 2 || says !== 1) fault(`look ${look} of mail ${number} shows ${shown} frames and ${says} sentences`);
          if (pictures && width !== 320) {
            mkdirSync(pictures, { recursive: true });
            await mail.screenshot({ path: join(pictures, `${name}-${scheme}-${width}-mail${number}-look${look}.png`) });
          }
          await page.keyboard.press('ArrowRight');
        }
      }
      // The copies are in the light and in the dark, whatever this device is; the mail itself is as the device.
      const ground = async (stage) => {
        const frame = await (await page.locator(`.${stage} iframe`).first().elementHandle()).contentFrame();
        return frame.evaluate(() => getComputedStyle(document.body).backgroundColor);
      };
      if (mails.length) {
        const [exact, light, dark] = await Promise.all(['exact', 'light', 'dark'].map(ground));
        if (light === dark || exact !== (scheme === 'dark' ? dark : light)) fault(`shows ${exact} as it arrives, ${light} in the light, ${dark} in the dark`);
      }
      await page.evaluate(AXE);
      const { violations } = await page.evaluate(() => globalThis.axe.run(document, { iframes: false, resultTypes: ['violations'] }));
      for (const violation of violations) fault(`axe, ${violation.id}: ${violation.nodes.map((node) => `${node.html} ${node.failureSummary}`).join('\n')}`);
      if (pictures && width !== 320) {
        await page.evaluate(() => document.querySelectorAll('details').forEach((details) => { details.open = false; }));
        await page.screenshot({ path: join(pictures, `${name}-${scheme}-${width}.png`), fullPage: true });
      }
      await context.close();
    }
  }
}
await browser.close();
console.log(faults.join('\n'));
process.exit(faults.length ? 1 : 0);
