// An authorization server for tests: npm's `oidc-provider`, with somebody before its screen who consents to everything.
//
//   node tools/oauth-provider.mjs REDIRECT_URI
//
// Says its port on the first line. Then each line that it is told is answered by one: `consent URL` (where a browser that
// goes to URL ends up), `revoke` (everything that was granted is void), `renewals` (how many tokens were renewed).
// It ends when its input does.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { Provider } from 'oidc-provider';

// What it has to say for itself must not stand among the answers.
globalThis.console = new console.Console(process.stderr);

const [redirect] = process.argv.slice(2);
const server = createServer();
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const { port } = server.address();
const own = `http://127.0.0.1:${port}`;

const provider = new Provider(own, {
  clients: [
    {
      client_id: 'desk',
      client_secret: 'a secret: with / signs',
      redirect_uris: [redirect],
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      response_types: ['code'],
    },
    // By which the mail server asks whether a token is good.
    { client_id: 'dovecot', client_secret: 'dovecot', redirect_uris: [], response_types: [], grant_types: [] },
  ],
  scopes: ['openid', 'offline_access', 'mail'],
  pkce: { required: () => true },
  rotateRefreshToken: true,
  cookies: { keys: ['test'] },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: () => true },
  },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
});

const grants = new Set();
let renewals = 0;
provider.on('grant.success', (ctx) => {
  if (ctx.oidc.params.grant_type === 'refresh_token') renewals += 1;
  const { grantId } = ctx.oidc.entities.AccessToken ?? {};
  if (grantId) grants.add(grantId);
});

/** Whoever sits before the screen signs in under the name that was hinted at, and consents. */
async function interact(req, res) {
  const { params, prompt, session, grantId } = await provider.interactionDetails(req, res);
  if (prompt.name === 'login') {
    return provider.interactionFinished(req, res, { login: { accountId: params.login_hint } });
  }
  const accountId = session.accountId;
  const grant = (grantId && (await provider.Grant.find(grantId))) || new provider.Grant({ accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  const consent = { grantId: await grant.save() };
  return provider.interactionFinished(req, res, { consent }, { mergeWithLastSubmission: true });
}

const answer = provider.callback();
server.on('request', (req, res) => {
  if (req.url.startsWith('/interaction/')) interact(req, res).catch((error) => res.writeHead(500).end(String(error)));
  else answer(req, res);
});

/** Goes where a browser would, with cookies, until it is sent to another machine. */
async function consent(url) {
  const jar = new Map();
  let place = new URL(url);
  for (let step = 0; step < 12; step += 1) {
    if (place.href.startsWith(redirect)) return place.href;
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const came = await fetch(place, { redirect: 'manual', headers: { cookie } });
    for (const line of came.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      jar.set(name, value);
    }
    const next = came.headers.get('location');
    if (!next) return `stuck at ${place.pathname}: ${came.status} ${(await came.text()).slice(0, 300).replaceAll('\n', ' ')}`;
    place = new URL(next, place);
  }
  return 'sent around in a circle';
}

/** As a person does who takes an application's access away in their account. */
async function revoke() {
  for (const id of grants) {
    for (const kind of [provider.AccessToken, provider.RefreshToken]) await kind.revokeByGrantId(id);
    await (await provider.Grant.find(id))?.destroy();
  }
  const count = grants.size;
  grants.clear();
  return `revoked ${count}`;
}

const say = (line) => process.stdout.write(`${line}\n`);
say(port);
for await (const line of createInterface({ input: process.stdin })) {
  const [verb, rest] = line.split(' ', 2);
  if (verb === 'consent') say(await consent(rest));
  else if (verb === 'revoke') say(await revoke());
  else if (verb === 'renewals') say(renewals);
  else say(`unknown: ${verb}`);
}
server.closeAllConnections();
server.close();
