// What mail programs can't do, by the tables of caniemail.com, and what of it a mail does all the same.
import { caniemail } from 'caniemail';
import { bare } from './browser.mjs';

const CLIENTS = ['gmail.*', 'outlook.windows', 'apple-mail.*'];

/**
 * What these programs don't know and the mail has nevertheless, with what
 * stands beside it for them. The style block for dark colours isn't looked at:
 * everything stands without it. Neither are features that are known in part;
 * the partial ones that matter here have checks of their own.
 */
const ALLOWED = [
  {
    feature: 'color-scheme meta tag', clients: /./,
    why: 'it only tells Apple Mail that the dark colours are meant; without it colours and grounds stand in pairs',
  },
  {
    feature: 'display:none', clients: /^gmail\.mobile-webmail$/,
    why: 'the preheader has max-height:0 and overflow:hidden beside it',
  },
  {
    feature: 'max-height property', clients: /^outlook\.windows$/,
    why: 'the preheader has display:none and mso-hide:all beside it',
  },
  {
    feature: 'overflow', clients: /^outlook\.windows$/,
    why: 'the preheader has display:none and mso-hide:all beside it',
  },
];

/** The features that aren't allowed; `used` collects what was allowed, so that the list above doesn't outlive its reasons. */
export function unknownToClients(html, used) {
  const { issues } = caniemail({ clients: CLIENTS, html: bare(html) });
  const found = new Set();
  for (const [client, list] of issues.errors) {
    for (const { title } of list) {
      const allowed = ALLOWED.find((entry) => entry.feature === title && entry.clients.test(client));
      if (allowed) used.add(allowed);
      else found.add(`${client} doesn't know ${title}`);
    }
  }
  return [...found];
}

/** What is allowed and no mail has. */
export const outlived = (used) => ALLOWED.filter((entry) => !used.has(entry))
  .map(({ feature }) => `${feature} is allowed in clients.mjs, and nothing needs it`);
