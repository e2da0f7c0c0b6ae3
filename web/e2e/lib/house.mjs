// A house whose mail comes and goes: the stand-in, or a desk of its own whose letters go to a server here and come by LMTP.
import { randomUUID } from 'node:crypto';
import { api, desk, signIn } from './desk.mjs';
import { foundDesk, freePort, freshServer } from './fresh.mjs';
import { handOver, mailServer } from './post.mjs';
import { eventually } from './test.mjs';

const ADDRESS = 'support@minato.example';
/** Longer than the program takes to read a letter. */
const READ_MS = 20_000;

const word = (text) => `=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`;
const lines = (text) => Buffer.from(text).toString('base64').replaceAll(/.{76}/g, '$&\r\n').split('\r\n');

/** A letter in HTML as a mail program writes it. */
function written({ from, subject, html, id, answers, file }) {
  return [
    `From: ${word(from.name)} <${from.email}>`,
    `To: ${ADDRESS}`,
    `Subject: ${word(subject)}`,
    `Message-ID: <${id}>`,
    ...(answers ? [`In-Reply-To: <${answers}>`, `References: <${answers}>`] : []),
    `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`,
    'MIME-Version: 1.0',
    ...(file ? ['Content-Type: multipart/mixed; boundary=b', '', '--b'] : []),
    'Content-Type: text/html; charset=UTF-8',
    'Content-Transfer-Encoding: base64',
    '',
    ...lines(html),
    ...(file ? ['--b', ...attached(file), '--b--'] : []),
  ];
}
const attached = ({ name, base64 }) => [
  `Content-Type: application/zip; name="${name}"`,
  `Content-Disposition: attachment; filename="${name}"`,
  'Content-Transfer-Encoding: base64',
  '',
  base64,
];

/** A program that is set up, whose page is signed in. What is asked of `desk` is asked there until it is stopped. */
async function own(page, settings) {
  const [server, lmtp] = [await mailServer(), await freePort()];
  let program;
  const before = { ...desk };
  const stop = () => {
    Object.assign(desk, before);
    program?.stop();
    server.stop();
  };
  try {
    program = await freshServer(process.env.MADOGUCHI_TEST_BIN, { MADOGUCHI_MAIL_LMTP_LISTEN: `127.0.0.1:${lmtp}`, ...settings });
    const home = new URL(await foundDesk(page, program));
    Object.assign(desk, { url: home.origin, slug: home.pathname.split('/')[2] });
    const smtp = { host: '127.0.0.1', port: server.port, tls: 'none', user: '' };
    await api(page).post('/mailboxes', { name: 'サポート窓口', address: ADDRESS, team: null, imap: null, smtp });
  } catch (problem) {
    stop();
    throw problem;
  }
  return { server, lmtp, stop };
}

/** Resolves once there is such a house; `deliver` brings a letter and resolves with where it stands. */
export async function house(page, settings = {}) {
  if (desk.mock) {
    await signIn(page);
    const deliver = ({ id = randomUUID(), ...letter }) => api(page).post('/__letter', { id, ...letter });
    return { server: null, deliver, stop: () => undefined };
  }
  const { server, lmtp, stop } = await own(page, settings);
  const hand = (from, letter) => handOver(lmtp, { from, to: ADDRESS, letter });
  const deliver = async ({ id = `${randomUUID()}@customer.example`, ...letter }) => {
    await hand(letter.from.email, written({ id, ...letter }));
    let read;
    await eventually(
      async () => {
        const { items } = await api(page).get('/letters?state=read');
        read = items.find((l) => l.subject === letter.subject && l.message);
        return read;
      },
      `the letter “${letter.subject}” was not read`,
      READ_MS,
    );
    return { id, ticket: read.ticket.id, message: read.message };
  };
  return { server, hand, deliver, stop };
}
