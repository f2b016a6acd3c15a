// Streams of HTTP/1 requests through the running gate, in tunnels and in absolute form: whatever upstream received of a
// spoilt stream, every parser reads alike, as recorded requests with the right stamp. Must not know how the gate works.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { credentialsOf } from '../support/gate.ts';
import { headerOf } from '../support/gate-answers.ts';
import { readOurs } from '../support/http1-oracle.ts';
import { http1Stream, oddHttp1Stream } from '../support/http1-streams.ts';
import { atProxy, inside, type Office, STAMP } from '../support/office.ts';
import type { RawConnection } from '../support/raw-client.ts';
import { FuzzedOffice, WAYS } from './fuzzed-office.ts';
import { type Lane, tryCases } from './lane.ts';

/** Put into a stream at a place, so that clients speak for the gate in every spelling. */
const forged = fc.constantFrom(
  ...['', '', '', '', `\r\n${STAMP}: 99999`, '\r\nsec_github_allowed_enterprise: 1', `\n${STAMP}: 9`],
  ...[`\r\nConnection: ${STAMP}`, `\r\n${STAMP} : 9`, `\r\n ${STAMP}: 9`, `\r\n${STAMP.toUpperCase()}:`],
  ...['\r\nSEC.GITHUB.ALLOWED.ENTERPRISE:9', '\r\nHTTP_SEC--GitHub.AllowedEnterprise_: 9'],
);
const text = fc
  .tuple(fc.oneof(oddHttp1Stream, oddHttp1Stream, http1Stream), forged, fc.nat({ max: 5 }))
  .map(([stream, lines, which]) => {
    const ends = [...stream.matchAll(/(?=\r\n)/g)];
    const at = ends[which % Math.max(1, ends.length)]?.index ?? 0;
    return stream.slice(0, at) + lines + stream.slice(at);
  });
const http1Case = fc.record({
  way: fc.constantFrom(...WAYS),
  form: fc.constantFrom('tunnel', 'tunnel', 'absolute'),
  text,
});

export const http1Lane: Lane = {
  name: 'http1',
  through: 'reached upstream',
  cases: 300,
  open: async (scope) => {
    const fuzzed = await FuzzedOffice.start(scope);
    const { office } = fuzzed;
    return tryCases(http1Case, ({ way, form, text }, number) =>
      fuzzed.judge(number, way.stamp, async (t) => {
        const stream = form === 'tunnel' ? text : inAbsoluteForm(text, way.wish.user);
        const connection = await (form === 'tunnel' ? inside : atProxy)(t, office, way.wish);
        await deliver(connection, stream, office);
      }),
    );
  },
};

/** The same stream as a proxy client says it, on the proxy's own port. */
function inAbsoluteForm(stream: string, user: string | undefined): string {
  const credentials =
    user === undefined ? '' : `Proxy-Authorization: Basic ${btoa(credentialsOf(user))}\r\nHost: github.com`;
  return stream
    .replaceAll(/^([A-Z]+) \/(?=[^\n]* HTTP\/1)/gm, '$1 http://github.com/')
    .replaceAll('Host: github.com', credentials === '' ? 'Host: github.com' : credentials);
}

/** Sends it all, reads as many answers as there are whole requests in it, then leaves. Each answer is the request's own. */
async function deliver(connection: RawConnection, stream: string, office: Office): Promise<void> {
  await connection.send(stream).catch(() => undefined);
  for (const { method, target } of readOurs(stream).requests) {
    const answer = await connection.readAnswer(method).catch(() => null);
    if (answer === null || answer.status === 101) break;
    const nonce = headerOf(answer.headers, 'x-twin-nonce');
    const path = target.replace(/^http:\/\/github\.com(?=\/)/, '');
    if (nonce !== null && path.startsWith('/')) assert.equal(targetOf(nonce, office), path);
  }
  connection.socket.end();
  await connection.readToEnd();
}

function targetOf(nonce: string, { twin, plain }: Office): string | undefined {
  return [...twin.requests(), ...plain.requests()].find((request) => request.nonce === nonce)?.target;
}
