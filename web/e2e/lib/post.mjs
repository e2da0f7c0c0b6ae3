// The mail servers of others: one that takes letters or refuses them as it is told, and one that hands us a letter.
import { createConnection, createServer } from 'node:net';

/** Lines of a conversation, one by one. */
async function* linesOf(socket) {
  let rest = '';
  socket.setEncoding('utf8');
  for await (const piece of socket) {
    rest += piece;
    for (let at = rest.indexOf('\r\n'); at >= 0; at = rest.indexOf('\r\n')) {
      yield rest.slice(0, at);
      rest = rest.slice(at + 2);
    }
  }
}

/** A mail server that takes every letter, but answers for some addresses what it is told (`says`). */
export async function mailServer() {
  const says = new Map();
  const took = [];
  const talk = async (socket) => {
    const tell = (line) => socket.write(`${line}\r\n`);
    let to = [];
    let letter = null;
    tell('220 mx.elsewhere.example ESMTP');
    for await (const line of linesOf(socket)) {
      if (letter !== null) {
        if (line !== '.') letter.push(line);
        else {
          took.push({ to, text: letter.join('\r\n') });
          letter = null;
          tell(`250 2.0.0 Ok: queued as ${took.length}`);
        }
        continue;
      }
      const word = line.slice(0, 4).toUpperCase();
      if (word === 'EHLO' || word === 'HELO') tell('250 mx.elsewhere.example');
      else if (word === 'RCPT') {
        const address = /<([^>]*)>/.exec(line)?.[1] ?? '';
        const refusal = [...says].find(([begin]) => address.startsWith(begin))?.[1];
        if (!refusal) to.push(address);
        tell(refusal ?? '250 2.1.5 Ok');
      } else if (word === 'MAIL' || word === 'RSET') {
        to = [];
        tell('250 2.1.0 Ok');
      } else if (word === 'DATA') {
        letter = [];
        tell('354 go on');
      } else if (word === 'QUIT') {
        tell('221 bye');
        socket.end();
      } else tell('250 Ok');
    }
  };
  const server = createServer((socket) => void talk(socket).catch(() => socket.destroy()));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: server.address().port, says, took, stop: () => server.close() };
}

/** Hands a letter over by LMTP, as a mail server of one's own does. */
export async function handOver(port, { from, to, letter }) {
  const socket = createConnection(port, '127.0.0.1');
  const lines = linesOf(socket);
  const expect = async (code) => {
    for (;;) {
      const { value: line, done } = await lines.next();
      if (done || !line.startsWith(code)) throw new Error(`the listener said ${line ?? 'nothing'}`);
      if (line[3] !== '-') return;
    }
  };
  const say = async (line, code) => {
    socket.write(`${line}\r\n`);
    await expect(code);
  };
  await expect('220');
  await say('LHLO mx.minato.example', '250');
  await say(`MAIL FROM:<${from}>`, '250');
  await say(`RCPT TO:<${to}>`, '250');
  await say('DATA', '354');
  await say(`${letter.join('\r\n')}\r\n.`, '250');
  socket.end('QUIT\r\n');
}
