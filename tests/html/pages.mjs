// Whether pages of ours are valid HTML, in every rule that html-validate recommends,
// those of accessibility among them.
// Usage: node pages.mjs FOLDER; prints faults, and ends with 1 where there are any.
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { HtmlValidate, StaticConfigLoader } = createRequire(import.meta.url)('html-validate');
const validator = new HtmlValidate(new StaticConfigLoader({
  root: true,
  extends: ['html-validate:recommended', 'html-validate:document', 'html-validate:a11y'],
  rules: {
    // Maud ends void elements in one way.
    'void-style': 'off',
    // A subject is as long as it is.
    'long-title': 'off',
  },
}));
const folder = process.argv[2];
const faults = [];
const names = readdirSync(folder).filter((name) => name.endsWith('.html'));
if (names.length === 0) faults.push(`${folder} has no page`);
for (const name of names) {
  const { results } = await validator.validateString(readFileSync(join(folder, name), 'utf8'));
  for (const { ruleId, message, line, column } of results.flatMap(({ messages }) => messages)) {
    faults.push(`${name}:${line}:${column}: ${ruleId}: ${message}`);
  }
}
console.log(faults.slice(0, 40).join('\n'));
process.exit(faults.length ? 1 : 0);
