// An OpenID server that is told by lines on stdin what to do, and answers each with a line on stdout.
import { createInterface } from 'node:readline';
import { OAuth2Server } from 'oauth2-mock-server';

let server;
let kid;

async function start(port) {
  server = new OAuth2Server();
  await addKey();
  await server.start(port, '127.0.0.1');
  server.issuer.url = `http://127.0.0.1:${server.address().port}`;
}

async function addKey() {
  kid = (await server.issuer.keys.generate('RS256')).kid;
}

const orders = {
  start: ({ port }) => start(port ?? 0),
  // As a provider rotates: the new key beside the old one.
  addKey,
  // And then: only a new key.
  async replaceKeys() {
    const { port } = server.address();
    await server.stop();
    await start(port);
  },
  stop: () => server.stop(),
  token: ({ claims, expiresIn }) =>
    server.issuer.buildToken({ kid, expiresIn, scopesOrTransform: (_, payload) => Object.assign(payload, claims) }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  const answer = await orders[order.do](order);
  console.log(JSON.stringify({ url: server.issuer.url, answer }));
}
