// Every row of the contract, by worked cases; and the proof that no row lacks one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from '../../src/core/contract/judge.ts';
import { ROWS } from '../../src/core/contract/rows.ts';
import { CONTRACT_IDS } from '../../src/core/contract/verdict.ts';
import { AT_MS, type ContractCase, FROM, LISA, requestFor, standingFor } from './case.ts';
import { COPILOT_CASES } from './copilot-cases.ts';
import { GIT_CASES } from './git-cases.ts';
import { HEADER_CASES } from './header-cases.ts';
import { INSTALLATION_CASES } from './installation-cases.ts';
import { TOKEN_CASES } from './token-cases.ts';
import { WEB_CASES } from './web-cases.ts';
import { WHERE_CASES } from './where-cases.ts';

const CASES: readonly ContractCase[] = [
  ...WHERE_CASES,
  ...HEADER_CASES,
  ...WEB_CASES,
  ...GIT_CASES,
  ...TOKEN_CASES,
  ...INSTALLATION_CASES,
  ...COPILOT_CASES,
];

for (const { id, sign, name, asked, world, says } of CASES) {
  test(`${id} ${sign}: ${name}`, () => {
    const verdict = judge(requestFor(asked), standingFor(world));
    assert.equal(verdict.kind, says.kind);
    assert.equal(verdict.id, says.by);
    if (verdict.kind !== 'refuse') return;
    if (says.status !== undefined) assert.equal(verdict.status, says.status);
    if (says.message !== undefined) assert.equal(verdict.message, says.message);
    // C-LOG: every 403 is logged, and nothing else is.
    assert.equal(verdict.log.length > 0, verdict.status === 403);
  });
}

test('every row has a positive and a negative case', () => {
  for (const id of CONTRACT_IDS) {
    for (const sign of ['positive', 'negative']) {
      assert.ok(
        CASES.some((one) => one.id === id && one.sign === sign),
        `${id} has no ${sign} case`,
      );
    }
  }
});

test('every positive case is decided by its own row, every negative one by another', () => {
  for (const { id, sign, says, name } of CASES) {
    if (id !== 'C-LOG') assert.equal(says.by === id, sign === 'positive', `${id} ${name}`);
  }
});

test('the table has the rows of the contract, in the order in which they are asked', () => {
  assert.deepEqual([...ROWS.map((row) => row.id), 'C-LOG'], [...CONTRACT_IDS]);
});

test('C-LOG an event names the enterprise and the time, and no actor', () => {
  const verdict = judge(
    requestFor({ url: 'https://api.github.com/user', token: LISA, restriction: ['12345'] }),
    standingFor(),
  );
  assert.deepEqual(verdict.log, [
    {
      action: 'business.proxy_security_header_unsatisfied',
      '@timestamp': AT_MS,
      created_at: AT_MS,
      business: 'octo-corp',
      actor_ip: FROM,
    },
  ]);
});

test('C-LOG an event has an address only where the enterprise displays it, and every named enterprise has one', () => {
  const asked = { url: 'https://api.github.com/user', token: LISA, restriction: ['12345,67890'] };
  const { log } = judge(requestFor(asked), standingFor());
  assert.deepEqual(
    log.map((entry) => [entry.business, entry.actor_ip ?? null]),
    [
      ['octo-corp', FROM],
      ['hexa-corp', null],
    ],
  );
});
