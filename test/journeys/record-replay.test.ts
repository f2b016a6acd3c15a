// A gate's own record, summed up and replayed: what report mode held back is what clients did, and the policy that
// decided decides the same again.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { stringify } from 'yaml';
import { sayTo } from '../support/command-line.ts';
import { askHttp2 } from '../support/http2-client.ts';
import { atProxy, inside, insideHttp2, type Office, officePolicy, startOffice } from '../support/office.ts';
import { fileScope, type TestScope } from '../support/test-scope.ts';

const scope = fileScope();
const POLICY = { ...officePolicy(), mode: 'report' };
const office = await startOffice(scope, { policy: POLICY });
const TOKEN = 'Authorization: Bearer ghp_0123456789abcdefghijABCDEFGHIJ012345';

async function browse(t: TestScope): Promise<void> {
  await askHttp1(t, 'github.com:443', ['/octo-org/app', '/settings/tokens', '/settings//tokens']);
  const session = await insideHttp2(t, office, { user: 'carol' });
  for (const path of ['/octo-org/app', '/settings/tokens'])
    await askHttp2(session, {
      ':method': 'GET',
      ':path': path,
      ':authority': 'github.com',
      ':scheme': 'https',
    });
  await askHttp1(t, 'files.example.net:443', ['/out/report.pdf']);
  await askHttp1(t, 'github.dev:443', ['/']);
  const plain = await atProxy(t, office);
  await plain.send('GET http://github.com/ HTTP/1.1\r\nHost: github.com\r\n\r\n');
  await plain.readAnswer();
  plain.socket.destroy();
}

async function askHttp1(t: TestScope, authority: string, paths: readonly string[]): Promise<void> {
  const tunnel = await inside(t, office, { authority, user: 'dave' });
  for (const path of paths) {
    await tunnel.send(`GET ${path} HTTP/1.1\r\nHost: ${authority.replace(/:443$/, '')}\r\n${TOKEN}\r\n\r\n`);
    await tunnel.readAnswer();
  }
  tunnel.socket.destroy();
}

async function recorded({ gate }: Office): Promise<void> {
  const path = (event: { readonly request: { readonly path: string } | null }): string | undefined =>
    event.request?.path;
  await gate.pair((event) => event.destination === 'github.com:80' && path(event) === '/');
  await gate.pair((event) => event.destination === 'github.dev:443');
}

test('gatewright report and diff --replay read what the gate wrote', async (t) => {
  await browse(t);
  await recorded(office);
  const { auditDir, dir } = office.gate;
  const said = await sayTo(['report', auditDir, '--json']);
  assert.equal(said.status, 0, said.stderr);
  const report = JSON.parse(said.stdout);
  assert.equal(report.unreadable, 0);
  assert.equal(report.requests.stamped, 0);
  assert.deepEqual(
    report.wouldBlock.rules.rows
      .map((row: { name: unknown; connections: number; requests: number }) => [
        row.name,
        row.connections,
        row.requests,
      ])
      .toSorted(),
    [
      [{ code: 'path-not-allowed', rule: 'files.example.net/in/*' }, 0, 1],
      [{ code: 'rule', rule: 'codespaces' }, 1, 0],
      [{ code: 'rule', rule: 'no-tokens' }, 0, 2],
    ].toSorted(),
  );
  // Stamped would have been: dave's two that could be read in one way, and the plain one of nobody; carol is exempt.
  assert.equal(report.wouldStamp.requests, 3);
  assert.deepEqual(
    report.tokens.map(({ kind, fate, requests }: { kind: unknown; fate: unknown; requests: number }) => [
      kind,
      fate,
      requests,
    ]),
    [
      ['ghp', 'judged', 2],
      [null, 'anonymous', 1],
    ],
  );
  assert.deepEqual(
    report.blocked.rules.rows.map((row: { name: { code: string } }) => row.name.code),
    ['ambiguous-path'],
  );

  writeFileSync(join(dir, 'enforced.yaml'), stringify({ ...POLICY, mode: 'enforce' }));
  const again = await sayTo(['diff', 'policy.yaml', 'policy.yaml', '--replay', auditDir, '--json'], {
    cwd: dir,
  });
  assert.equal(again.status, 0, again.stderr);
  const { report: same } = JSON.parse(again.stdout).replay;
  assert.deepEqual([same.decidedOtherwise, same.unchanged], [0, same.decisions]);
  const enforced = await sayTo(['diff', 'policy.yaml', 'enforced.yaml', '--replay', auditDir, '--json'], {
    cwd: dir,
  });
  assert.equal(enforced.status, 4);
  const { changes } = JSON.parse(enforced.stdout).replay.report;
  const stopped = changes.filter(({ is }: { is: { act: string } }) => is.act === 'block');
  const stamped = changes.filter(
    ({ is }: { is: { stamps: { value: string }[] } }) => is.stamps[0]?.value === '12345',
  );
  const sum = (groups: readonly { connections: number; requests: number }[]): number =>
    groups.reduce((all, { connections, requests }) => all + connections + requests, 0);
  assert.deepEqual([sum(stopped), sum(stamped)], [4, 2]);
});
