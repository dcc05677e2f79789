// Sends letter.txt and letter.html to everybody on list.csv by nodemailer, over
// so many connections that it keeps. It composes each letter, as it does for
// its users. nodemailer.mjs PORT CONNECTIONS, in the folder of the three files.
import { readFileSync } from 'node:fs';
import { createTransport } from 'nodemailer';

const [port, connections] = process.argv.slice(2).map(Number);
const text = readFileSync('letter.txt', 'utf8');
const html = readFileSync('letter.html', 'utf8');
const people = readFileSync('list.csv', 'utf8').trim().split('\n').slice(1)
  .map((row) => row.split(','));

const relay = createTransport({
  host: '127.0.0.1',
  port,
  secure: false,
  ignoreTLS: true,
  pool: true,
  maxConnections: connections,
  maxMessages: Infinity,
});

// A few more at once than there are connections, so that each finds one waiting.
let next = 0;
async function sender() {
  while (next < people.length) {
    const [email, name] = people[next++];
    const personal = (body) => body.replaceAll('{{name}}', name).replaceAll('{{email}}', email);
    await relay.sendMail({
      from: { name: 'Prayer Team', address: 'prayer@example.org' },
      to: { name, address: email },
      subject: 'Prayer for peace',
      text: personal(text),
      html: personal(html),
    });
  }
}
await Promise.all(Array.from({ length: connections * 2 }, sender));
relay.close();
