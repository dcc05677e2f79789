// Makes the mail of a bulletin with MJML and react-email, each with its own
// defaults and as its documentation does it, and prints one table with the
// figures of mrml and Epistle beside theirs. `run` calls it.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { createElement as h } from 'react';
import * as email from '@react-email/components';
import { render } from '@react-email/render';
import mjml from 'mjml';
import { parse } from 'smol-toml';

const [bulletinPath, ownPath, ownMicros, mrmlPath] = process.argv.slice(2);
const bulletin = parse(readFileSync(bulletinPath, 'utf8'));
const own = readFileSync(ownPath, 'utf8');
// What every maker has to say at the foot, as the example's settings have it.
const foot = ['Example Mission', '1 Example Street, Exampletown', 'You receive this e-mail because you are on the list “Prayer Team” of Example Mission.'];
const unsubscribe = 'mailto:unsubscribe@example.org?subject=unsubscribe%20token';
const note = `* ${bulletin.name[0].note}`;
const one = (text) => text.trim().replace(/\s+/g, ' ');
const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

const asMjml = () => {
  const section = (content) => `<mj-section background-color="#ffffff" padding="12px 0"><mj-column><mj-text font-size="16px" line-height="24px" color="#222222">${content}</mj-text></mj-column></mj-section>`;
  const item = ({ text }) => `<li style="margin:0 0 12px">${escape(one(text))}</li>`;
  return `<mjml lang="${bulletin.language}" dir="ltr"><mj-head><mj-title>${escape(bulletin.title)}</mj-title><mj-attributes><mj-all font-family="Arial,Helvetica,sans-serif" /></mj-attributes></mj-head><mj-body background-color="#f3f1ec">
${section(`<h1>${escape(bulletin.title)}</h1><blockquote><p>${escape(one(bulletin.scripture.text))}</p><p>— ${bulletin.scripture.reference}</p></blockquote>`)}
${bulletin.section.map(({ heading, intro, item: items }) => section(`${heading ? `<h2>${escape(heading)}</h2>` : ''}${intro ? `<p>${escape(one(intro))}</p>` : ''}<ul>${items.map(item).join('')}</ul>`)).join('\n')}
${section(`<p>${escape(note)}</p>`)}
${section(`${foot.map((line) => `<p>${escape(line)}</p>`).join('')}<p><a href="${unsubscribe}">Unsubscribe</a></p>`)}
</mj-body></mjml>`;
};

const asReact = () => {
  const { Html, Head, Body, Container, Section, Heading, Text, Link } = email;
  const text = { fontSize: 16, lineHeight: '24px', color: '#222222' };
  return h(Html, { lang: bulletin.language, dir: 'ltr' }, h(Head, null, h('title', null, bulletin.title)),
    h(Body, { style: { backgroundColor: '#f3f1ec', fontFamily: 'Arial,Helvetica,sans-serif' } },
      h(Container, { style: { width: 600, backgroundColor: '#ffffff', padding: '0 24px' } },
        h(Section, null, h(Heading, { as: 'h1' }, bulletin.title),
          h('blockquote', null, h(Text, { style: text }, one(bulletin.scripture.text)), h(Text, { style: text }, `— ${bulletin.scripture.reference}`))),
        ...bulletin.section.map(({ heading, intro, item: items }, key) => h(Section, { key },
          heading && h(Heading, { as: 'h2' }, heading), intro && h(Text, { style: text }, one(intro)),
          h('ul', null, ...items.map((item, index) => h('li', { key: index, style: { ...text, margin: '0 0 12px' } }, one(item.text)))))),
        h(Section, null, h(Text, { style: text }, note)),
        h(Section, null, ...foot.map((line, key) => h(Text, { key, style: text }, line)), h(Link, { href: unsubscribe }, 'Unsubscribe')))));
};

// Every maker must have said everything.
function complete(name, html) {
  const words = (text) => text.replace(/<style.*?<\/style>|<head.*?<\/head>|<[^>]+>/gs, ' ').replace(/&amp;/g, '&').replace(/&#x27;/g, "'").split(/\s+/).filter(Boolean);
  const has = new Set(words(html));
  const missing = words(own).filter((word) => !has.has(word) && !word.includes('*') && word !== 'Praise:');
  if (missing.length) throw new Error(`${name} leaves out: ${missing.slice(0, 8)}`);
}

async function measure(name, make) {
  for (let warm = 0; warm < 15; warm += 1) await make();
  const times = [];
  for (let round = 0; round < 100; round += 1) {
    const start = performance.now();
    await make();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const html = await make();
  complete(name, html);
  return { name, bytes: html.length && Buffer.byteLength(html), gzip: gzipSync(html).length, median: times[50], fastest: times[0] };
}

const source = asMjml();
const version = (name) => JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url))).version;
const rows = [
  await measure(`MJML ${version('mjml')}`, async () => (await mjml(source)).html),
  await measure(`react-email ${version('@react-email/components')}, render ${version('@react-email/render')}`, () => render(asReact())),
];
const mrml = JSON.parse(execFileSync(mrmlPath, { input: source, encoding: 'utf8' }));
rows.push({ name: 'mrml 6.0.1 (Rust)', ...mrml });
const [median, fastest] = ownMicros.split(' ').map((micros) => micros / 1e3);
rows.push({ name: 'Epistle, with its plain text', bytes: Buffer.byteLength(own), gzip: gzipSync(own).length, median, fastest });

const cells = (row) => [row.name, row.bytes.toLocaleString('en'), row.gzip?.toLocaleString('en') ?? '', row.median.toFixed(3), row.fastest.toFixed(3)];
console.log('| maker | HTML bytes | gzip | ms, median | ms, fastest |\n|---|---:|---:|---:|---:|');
for (const row of rows) console.log(`| ${cells(row).join(' | ')} |`);
