// Whether the HTML is valid, but for what e-mail needs.
import { createRequire } from 'node:module';

const { HtmlValidate, StaticConfigLoader } = createRequire(import.meta.url)('html-validate');

const validator = new HtmlValidate(new StaticConfigLoader({
  root: true,
  extends: ['html-validate:recommended', 'html-validate:document'],
  rules: {
    // Outlook on Windows reads its width and its dots an inch there.
    'no-conditional-comment': 'off',
    // Gmail keeps no style block with foreign accounts.
    'no-inline-style': 'off',
    // Outlook on Windows and Yahoo drop <article>; a role stays.
    'prefer-native-element': ['error', { exclude: ['article'] }],
    // `align`, `width`, `cellpadding` and `cellspacing`: Outlook on Windows knows no other way.
    'no-deprecated-attr': 'off',
    // Parsers put it there, and it costs bytes at each table.
    'prefer-tbody': 'off',
  },
}));

export async function faults(html) {
  const { results } = await validator.validateString(html);
  return [...new Set(results.flatMap(({ messages }) => messages.map(({ ruleId, message }) => `${ruleId}: ${message}`)))];
}
