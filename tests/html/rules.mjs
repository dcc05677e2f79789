// What must hold of a mail on the screen, one rule a function; each returns its faults as sentences.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { bare, hosted, show } from './browser.mjs';
import { unknownToClients } from './clients.mjs';
import * as inpage from './inpage.mjs';
import { faults } from './valid.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WIDTHS = [320, 600, 1200];
const SCHEMES = ['light', 'dark'];

/**
 * The rules of axe that are off. A mail is no page: it is shown inside the
 * webmail's, which has a main landmark and a banner of its own, so a mail that
 * had them would be the fault. `role=article` on its wrapper stands for them.
 * The third landmark rule, page-has-heading-one, stays on: a mail has its h1.
 */
const AXE_OFF = ['region', 'landmark-one-main'];

const luminance = (rgb) => rgb.map((value) => value / 255)
  .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
  .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
export const contrast = (one, other) => {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
};
// WCAG 2.2, 1.4.3: 3 to 1 for large text, 24 pixels or bold 18.66, and 4.5 for all other.
const enough = ({ size, bold }) => (size >= 24 || (bold && size >= 18.66) ? 3 : 4.5);
const pale = (texts) => texts.filter(({ color, ground }) => ground)
  .map((text) => ({ ...text, ratio: contrast(text.color, text.ground) }))
  .filter((text) => text.ratio < enough(text))
  .map(({ text, ratio, color, ground }) => `“${text}” has ${ratio.toFixed(2)} to 1: ${color} on ${ground}`);

/** Runs `look` on each way of showing the mail, and closes what it opened. */
async function each(browser, mail, ways, look) {
  const found = [];
  for (const { html = mail.html, ...way } of ways) {
    const page = await show(browser, html, { parts: mail.parts, ...way });
    const told = `${way.scheme ?? 'light'}, ${way.width} px${way.name ? `, ${way.name}` : ''}`;
    for (const fault of await look(page, way)) found.push(`${told}: ${fault}`);
    await page.context().close();
  }
  return found;
}

export const RULES = {
  async valid(_, { html }) { return faults(html); },

  async clients(_, { html }, used) { return unknownToClients(html, used); },

  async axe(browser, mail) {
    const ways = SCHEMES.flatMap((scheme) => WIDTHS.map((width) => ({ scheme, width })));
    return each(browser, mail, ways, async (page) => {
      await page.evaluate(AXE);
      const { violations } = await page.evaluate((off) => window.axe.run(document, {
        rules: { 'target-size': { enabled: true }, ...Object.fromEntries(off.map((id) => [id, { enabled: false }])) },
      }), AXE_OFF);
      return violations.map(({ id, impact, nodes }) => `${id} (${impact}): ${nodes[0].html.slice(0, 160)}`);
    });
  },

  /** No sideways scrolling, one column in the middle, nothing that Outlook on Windows would tear: with style block and without. */
  async boxes(browser, mail) {
    const ways = WIDTHS.flatMap((width) => [{ width, name: 'whole' }, { width, name: 'no style', html: bare(mail.html) }]);
    return each(browser, mail, ways, async (page, { width }) => {
      const { overflow, columns, tallest, depth, unfonted, images } = await page.evaluate(inpage.boxes);
      const faults = unfonted.map((cell) => `no font, size, line height or colour of its own: ${cell}`);
      if (overflow > 0) faults.push(`${overflow} px too wide`);
      if (columns.some((column) => column.width > 700)) faults.push('the column is wider than 700 px');
      if (columns.some((column) => Math.abs(column.left - (width - column.right)) > 20)) faults.push('the column is not in the middle');
      if (width >= 600 && tallest > 1700) faults.push(`a row of ${tallest} px, where Outlook leaves a hole`);
      if (depth > 2) faults.push(`tables ${depth} deep`);
      for (const { alt, width: w, height: h, shown, right, upscaled } of images) {
        if (alt === null || !w || !h) faults.push('an image without alt, width or height');
        if (!shown) faults.push(`an image doesn't show: ${alt}`);
        if (right > width) faults.push(`an image leaves the screen: ${alt}`);
        if (upscaled) faults.push(`an image is drawn larger than it is: ${alt}`);
      }
      return faults;
    });
  },

  /** AA in the light, in the dark, without style block, and after what mail programs' dark modes do to colours. */
  async contrast(browser, mail) {
    const plain = { width: 600, html: bare(mail.html) };
    const ways = [
      ...SCHEMES.map((scheme) => ({ width: 600, scheme })),
      { ...plain, name: 'no style' },
      { ...plain, name: 'full inversion', kind: 'full' },
      { ...plain, name: 'partial inversion', kind: 'partial' },
    ];
    return each(browser, mail, ways, async (page, { kind }) => {
      if (kind) await page.evaluate(inpage.invert, kind);
      const texts = await page.evaluate(inpage.texts);
      const lone = texts.filter(({ paired, ground }) => !ground || (!kind && !paired))
        .map(({ text }) => `“${text}” has a colour and no ground of its own`);
      return [...pale(texts), ...lone];
    });
  },

  /** The same by the pixels of Chromium's own dark mode, which changes no style that could be asked for. */
  async autodark(browser, mail) {
    const scale = 2;
    return each(browser, mail, [{ width: 600, html: bare(mail.html).replace(/<meta name="(supported-)?color-schemes?"[^>]*>/g, ''), scale, name: 'auto dark' }], async (page) => {
      const session = await page.context().newCDPSession(page);
      await session.send('Emulation.setAutoDarkModeOverride', { enabled: true });
      const texts = await page.evaluate(inpage.texts);
      const picture = (await page.screenshot({ fullPage: true })).toString('base64');
      const canvas = await browser.newPage();
      const boxes = texts.map(({ rects }) => rects[0]);
      const seen = await canvas.evaluate(inpage.colours, { picture, boxes, scale });
      await canvas.close();
      const dark = seen.filter(({ ground }) => luminance(ground) < 0.5).length;
      const faults = pale(texts.map((text, index) => ({ ...text, color: seen[index].ink, ground: seen[index].ground })));
      if (dark === 0) faults.push('nothing became dark: the rule looks at nothing');
      return faults;
    });
  },

  /** Dark where darkness is asked for. A button may be light: it stands out by that. */
  async dark(browser, mail) {
    return each(browser, mail, [{ width: 600, scheme: 'dark' }], async (page) => {
      const texts = await page.evaluate(inpage.texts);
      return texts.filter(({ ground, tag }) => tag !== 'a' && (!ground || luminance(ground) > 0.4))
        .map(({ text }) => `“${text}” stands on a light ground`);
    });
  },

  async type(browser, mail) {
    return each(browser, mail, [{ width: 320 }, { width: 600 }], async (page) => {
      const texts = await page.evaluate(inpage.texts);
      const small = texts.filter(({ size }) => size < 14).map(({ text, size }) => `“${text}” has ${size} px`);
      const tight = texts.filter(({ leading }) => leading < 1.19 || Number.isNaN(leading)).map(({ text, leading }) => `“${text}” has a line height of ${leading}`);
      const body = texts.filter(({ tag, size, leading }) => ['p', 'li'].includes(tag) && size < 24 && leading < 1.35)
        .map(({ text, leading }) => `“${text}” has a line height of ${leading}`);
      return [...small, ...tight, ...body];
    });
  },

  /** Text twice as large, and the spacing of WCAG 2.2, 1.4.12: nothing leaves the screen. */
  async room(browser, mail) {
    const overflow = async (page) => {
      const { overflow } = await page.evaluate(inpage.boxes);
      return overflow > 0 ? [`${overflow} px too wide`] : [];
    };
    const large = await each(browser, mail, [{ width: 600, name: 'text at 200 %' }], async (page) => {
      await page.evaluate(inpage.enlarge);
      return overflow(page);
    });
    const spaced = await each(browser, mail, [{ width: 320, name: 'text spacing' }], async (page) => {
      await page.addStyleTag({ content: '*{line-height:1.5 !important;letter-spacing:.12em !important;word-spacing:.16em !important}p{margin-bottom:2em !important}' });
      return overflow(page);
    });
    return [...large, ...spaced];
  },

  /** Without style block: the same words and the same look. */
  async bare(browser, mail) {
    const pages = [];
    for (const html of [mail.html, bare(mail.html)]) pages.push(await show(browser, html, { width: 600, parts: mail.parts }));
    const [whole, plain] = await Promise.all(pages.map((page) => page.evaluate(inpage.boxes)));
    const pictures = await Promise.all(pages.map(async (page) => (await page.screenshot({ fullPage: true })).toString('base64')));
    const canvas = await browser.newPage();
    const same = await canvas.evaluate(inpage.sameness, pictures);
    await Promise.all([...pages.map((page) => page.context().close()), canvas.close()]);
    const found = [];
    if (whole.words !== plain.words) found.push('other words without the style block');
    if (same < 0.95) found.push(`only ${(same * 100).toFixed(1)} % looks the same without the style block`);
    return found;
  },

  /** In a webmail's page of the other direction: fonts, colours, direction and alignment stay the mail's. */
  async hosted(browser, mail) {
    const seen = [];
    for (const html of [bare(mail.html), hosted(mail.html)]) {
      const page = await show(browser, html, { width: 600, parts: mail.parts });
      seen.push(await page.evaluate(inpage.texts));
      await page.context().close();
    }
    const [own, guest] = seen;
    if (own.length !== guest.length) return ['other texts inside a webmail'];
    return own.flatMap((text, index) => ['color', 'family', 'size', 'leading', 'direction', 'align']
      .filter((key) => String(text[key]) !== String(guest[index][key]))
      .map((key) => `“${text.text}”: ${key} becomes ${guest[index][key]}, not ${text[key]}`));
  },

  /** Nothing is asked of any server. */
  async loads(browser, mail) {
    const loaded = [];
    const page = await show(browser, mail.html, { width: 600, parts: mail.parts, loaded });
    await page.waitForLoadState('load');
    await page.context().close();
    return loaded.map((url) => `asks for ${url}`);
  },
};
