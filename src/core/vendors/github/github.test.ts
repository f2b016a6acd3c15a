// Facts about GitHub: hosts, credentials, answers, presets.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type TokenKind, tokenKind, tokenOf } from './credential.ts';
import {
  copilotPlanOf,
  isSupportedEndpoint,
  isUnderRestrictedDomain,
  knownSupportedHosts,
} from './endpoints.ts';
import { enterpriseAnswer } from './enterprise-answer.ts';
import { presetNamed, presetNames } from './presets.ts';

const HOSTS: readonly { host: string; supported: boolean; domain: boolean; plan: string | null }[] = [
  { host: 'github.com', supported: true, domain: true, plan: null },
  { host: 'api.github.com', supported: true, domain: true, plan: null },
  { host: 'alive.github.com', supported: false, domain: true, plan: null },
  { host: 'evilgithub.com', supported: false, domain: false, plan: null },
  { host: 'github.com.evil.example', supported: false, domain: false, plan: null },
  { host: 'githubcopilot.com', supported: false, domain: true, plan: 'generic' },
  { host: 'api.githubcopilot.com', supported: true, domain: true, plan: 'generic' },
  { host: 'api.business.githubcopilot.com', supported: true, domain: true, plan: 'business' },
  { host: 'business.githubcopilot.com', supported: true, domain: true, plan: 'business' },
  { host: 'api.xbusiness.githubcopilot.com', supported: true, domain: true, plan: 'generic' },
  { host: 'raw.githubusercontent.com', supported: false, domain: false, plan: null },
];

describe('C-01 the supported endpoints and plans', () => {
  for (const row of HOSTS) {
    test(row.host, () => {
      assert.equal(isSupportedEndpoint(row.host), row.supported);
      assert.equal(isUnderRestrictedDomain(row.host), row.domain);
      assert.equal(copilotPlanOf(row.host), row.plan);
    });
  }
  test('knownSupportedHosts() lists supported endpoints only', () =>
    assert.ok(knownSupportedHosts().every(isSupportedEndpoint)));
});

const basic = (text: string): string => `Basic ${btoa(text)}`;
const CREDENTIALS: readonly { header: string; kind: TokenKind; secret: string; user?: string }[] = [
  { header: 'Bearer ghp_abc', kind: 'ghp', secret: 'ghp_abc' },
  { header: 'token github_pat_abc', kind: 'github_pat', secret: 'github_pat_abc' },
  { header: 'bearer gho_abc', kind: 'gho', secret: 'gho_abc' },
  { header: 'Bearer   ghu_abc  ', kind: 'ghu', secret: 'ghu_abc' },
  { header: 'Bearer ghr_abc', kind: 'ghr', secret: 'ghr_abc' },
  { header: 'Bearer ghs_123_eyJh.eyJi.c', kind: 'ghs', secret: 'ghs_123_eyJh.eyJi.c' },
  { header: 'Bearer tid=1;exp=2:abc', kind: 'copilot', secret: 'tid=1;exp=2:abc' },
  { header: 'Bearer eyJh.eyJi.c', kind: 'jwt', secret: 'eyJh.eyJi.c' },
  { header: 'Bearer something', kind: 'other', secret: 'something' },
  { header: 'ghp_abc', kind: 'ghp', secret: 'ghp_abc' },
  { header: basic('mona:ghp_abc'), kind: 'ghp', secret: 'ghp_abc', user: 'mona' },
  { header: basic('x-access-token:ghs_abc'), kind: 'ghs', secret: 'ghs_abc', user: 'x-access-token' },
  { header: basic('ghp_abc:x-oauth-basic'), kind: 'ghp', secret: 'ghp_abc' },
  { header: basic('ghp_abc:'), kind: 'ghp', secret: 'ghp_abc' },
  { header: basic('mona:pass:word'), kind: 'basic', secret: 'pass:word', user: 'mona' },
  { header: 'Basic !!!', kind: 'other', secret: '!!!' },
  { header: 'Basic abcde', kind: 'other', secret: 'abcde' },
];

describe('credentialOf() reads', () => {
  for (const { header, kind, secret, user } of CREDENTIALS)
    test(header, () => assert.deepEqual(tokenOf(header), { kind, secret, user: user ?? null }));
  test('nothing in an empty header', () => assert.equal(tokenKind('  '), null));
  test('anything without throwing', () =>
    fc.assert(fc.property(fc.string(), (text) => tokenOf(`Basic ${text}`) !== undefined)));
});

const ANSWERS: readonly {
  name: string;
  status: number;
  body: string;
  answer: ReturnType<typeof enterpriseAnswer>;
}[] = [
  {
    name: 'the web refusal in HTML',
    status: 403,
    body: '<html><p>Your network administrator has blocked access to GitHub except for the octo-corp Enterprise.',
    answer: 'refused',
  },
  {
    name: 'the API refusal in JSON',
    status: 403,
    body: '{"message":"Your network administrator has blocked access to GitHub except for the octo-corp Enterprise. Please use',
    answer: 'refused',
  },
  {
    name: 'another 403',
    status: 403,
    body: '{"message":"Resource not accessible by integration"}',
    answer: null,
  },
  {
    name: 'the words under another status',
    status: 200,
    body: 'Your network administrator has blocked access to GitHub except for the x',
    answer: null,
  },
  {
    name: 'an unknown enterprise',
    status: 400,
    body: 'The enterprise named in the sec-GitHub-allowed-enterprise header cannot be found.',
    answer: 'header-wrong',
  },
  {
    name: 'too many enterprises',
    status: 400,
    body: 'Only one enterprise can be used with the sec-GitHub-allowed-enterprise header.',
    answer: 'header-wrong',
  },
  {
    name: 'too many headers',
    status: 400,
    body: 'More than one sec-GitHub-allowed-enterprise was received.',
    answer: 'header-wrong',
  },
  { name: 'another 400', status: 400, body: '{"message":"Problems parsing JSON"}', answer: null },
];

describe('R-12 enterpriseAnswer() recognises', () => {
  for (const { name, status, body, answer } of ANSWERS)
    test(name, () => assert.equal(enterpriseAnswer(status, body), answer));
});

describe('presetNamed()', () => {
  for (const name of presetNames()) {
    test(`knows ${name}, each row with purpose, source and date`, () => {
      const preset = presetNamed(name.replace('SLUG', 'octo-corp').replace('SUBDOMAIN', 'octo'));
      assert.ok(preset.ok);
      assert.ok(preset.value.rows.length > 0);
      for (const row of preset.value.rows) {
        assert.doesNotMatch(row.pattern, /SLUG|SUBDOMAIN/);
        assert.notEqual(row.purpose, '');
        assert.match(row.source.date, /^\d{4}-\d\d-\d\d$/);
      }
    });
  }
  test('puts the parameter into the rows', () => {
    const preset = presetNamed('enterprise:octo-corp');
    assert.ok(preset.ok);
    assert.equal(preset.value.rows[0]?.pattern, 'github.com/enterprises/octo-corp/*');
  });
  test('counts the subsets of copilot into copilot', () => {
    const rowsOf = (name: string): string[] => {
      const preset = presetNamed(name);
      return preset.ok ? preset.value.rows.map((row) => row.pattern) : [];
    };
    const all = rowsOf('copilot');
    for (const subset of ['copilot-telemetry', 'copilot-voice', 'copilot-reports'])
      for (const row of rowsOf(subset)) assert.ok(all.includes(row), row);
    assert.ok(!all.some((row) => row.includes('/enterprises/')));
  });
  for (const name of [
    'nope',
    'enterprise',
    'enterprise:',
    'enterprise:a/b',
    'ghe:a.b',
    'github:x',
    'copilot:SLUG/',
  ])
    test(`refuses ${name}`, () => assert.equal(presetNamed(name).ok, false));
});
