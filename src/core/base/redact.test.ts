// What a request target and a line of text may show: rows of what came and what is shown.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  isSecretName,
  redactAuthority,
  redactMethod,
  redactTarget,
  scrubSecrets,
  TARGET_LIMIT,
} from './redact.ts';

const TARGETS: readonly { name: string; target: string; shown: string }[] = [
  {
    name: 'plain path',
    target: '/octo-org/app/issues?state_id=open&per_page=100',
    shown: '/octo-org/app/issues?state_id=open&per_page=100',
  },
  { name: 'access token', target: '/a?access_token=x1&b=2', shown: '/a?access_token=[redacted]&b=2' },
  { name: 'token of a raw file', target: '/o/r/main/f?token=AAAB', shown: '/o/r/main/f?token=[redacted]' },
  {
    name: 'OAuth code and state',
    target: '/cb?code=c1&state=s1',
    shown: '/cb?code=[redacted]&state=[redacted]',
  },
  {
    name: 'client secret',
    target: '/x?client_id=1&client_secret=s',
    shown: '/x?client_id=1&client_secret=[redacted]',
  },
  { name: 'password in capitals', target: '/x?PassWord=p', shown: '/x?PassWord=[redacted]' },
  { name: 'encoded name', target: '/x?acc%65ss%5Ftoken=t', shown: '/x?acc%65ss%5Ftoken=[redacted]' },
  { name: 'encoded letter of a name', target: '/x?c%6fde=c1', shown: '/x?c%6fde=[redacted]' },
  { name: 'semicolon as separator', target: '/x?a=1;sig=t;b=2', shown: '/x?a=1;sig=[redacted];b=2' },
  { name: 'fragment', target: '/x#id_token=t', shown: '/x#id_token=[redacted]' },
  {
    name: 'signed storage address',
    target: '/b?X-Amz-Signature=s&X-Amz-Credential=c&X-Amz-Date=d',
    shown: '/b?X-Amz-Signature=[redacted]&X-Amz-Credential=[redacted]&X-Amz-Date=d',
  },
  { name: 'classic token in the path', target: '/t/ghp_abcDEF012345/x', shown: '/t/[redacted]/x' },
  { name: 'fine-grained token under any name', target: '/x?q=github_pat_11AB_cd', shown: '/x?q=[redacted]' },
  { name: 'token with an encoded underscore', target: '/x?q=gho%5Fabcdef', shown: '/x?q=[redacted]' },
  { name: 'long installation token', target: `/x?q=ghs_1_eyJ${'a.b'.repeat(90)}`, shown: '/x?q=[redacted]' },
  { name: 'JSON web token', target: '/x/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOi.c2ln/y', shown: '/x/[redacted]/y' },
  { name: 'userinfo', target: 'http://mona:pw@github.com/x', shown: 'http://[redacted]@github.com/x' },
  {
    name: 'userinfo in a value',
    target: '/x?r=https%3A%2F%2Fmona%3Apw%40h%2F',
    shown: '/x?r=https%3A%2F%2F[redacted]@h%2F',
  },
  {
    name: 'parameter inside a value',
    target: '/login?return_to=%2Fx%3Ftoken%3Dt',
    shown: '/login?return_to=[redacted]',
  },
  {
    name: 'doubly encoded parameter',
    target: '/login?return_to=%252Fx%253Ftoken%253Dt',
    shown: '/login?return_to=[redacted]',
  },
  {
    name: 'thrice encoded parameter',
    target: '/login?return_to=%25252Fx%25253Ftoken%25253Dt',
    shown: '/login?return_to=[redacted]',
  },
  {
    name: 'thrice encoded name',
    target: '/x?acc%252565ss%25255Ftoken=t',
    shown: '/x?acc%252565ss%25255Ftoken=[redacted]',
  },
  { name: 'mail address in a value', target: '/x?q=a@b', shown: '/x?q=a@b' },
  {
    name: 'controls',
    target: '/x\x1b[31m\r\n\x00\x7f\u2028\u202e',
    shown: '/x\\x1b[31m\\x0d\\x0a\\x00\\x7f\\u2028\\u202e',
  },
  { name: 'nothing', target: '', shown: '' },
];

describe('R-50 redactTarget() shows', () => {
  for (const { name, target, shown } of TARGETS) test(name, () => assert.equal(redactTarget(target), shown));
});

test('R-49 redactTarget() cuts a megabyte, and a secret at the cut does not show', () => {
  const secret = 'ghp_secretsecretsecret';
  for (const before of [TARGET_LIMIT - 10, TARGET_LIMIT - 4, 2 * TARGET_LIMIT - 10]) {
    const shown = redactTarget(`/${'a'.repeat(before)}${secret}${'b'.repeat(1_000_000)}`);
    assert.ok(shown.length <= TARGET_LIMIT);
    assert.ok(!shown.includes('secret'));
  }
});

test('R-50 redactTarget() shows no secret whose end was not read', () => {
  const tokens = `/ghp_${'a'.repeat(80)}`.repeat(47);
  for (let shift = 0; shift < 110; shift += 1) {
    const target = `${tokens}${'b'.repeat(shift)}https://mona:S3CRETS3CRETS3CRETS3CRET@h/${'c'.repeat(5_000)}`;
    assert.ok(!redactTarget(target).includes('S3C'), String(shift));
  }
});

test('R-49 redactTarget() gives printable ASCII of bounded length for any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 3_000 }), (target) => {
      const shown = redactTarget(target);
      return shown.length <= TARGET_LIMIT && /^[\x20-\x7e]*$/.test(shown);
    }),
    { numRuns: 200 },
  );
});

test('R-50 redactTarget() hides a token wherever it stands', () => {
  const around = fc.string({ unit: fc.constantFrom(...'/?&=#;%ab.1'), maxLength: 40 });
  fc.assert(
    fc.property(
      around,
      fc.constantFrom('ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_'),
      around,
      (a, kind, b) => {
        return !redactTarget(`/${a}/${kind}S3CRETS3CRET${b}`).includes('S3CRET');
      },
    ),
    { numRuns: 300 },
  );
});

test('redactTarget() takes linear time', () => {
  const started = performance.now();
  for (const unit of ['gh', '%25', 'eyJ.', '://', '?=', 'tid='] as const) redactTarget(unit.repeat(400_000));
  assert.ok(performance.now() - started < 2_000);
});

const TEXTS: readonly { name: string; text: string; shown: string }[] = [
  {
    name: 'a bearer value',
    text: 'sent Bearer abcdefghijklmnop1 to x',
    shown: 'sent Bearer [redacted] to x',
  },
  { name: 'a basic value', text: 'Basic bW9uYTpwdw==', shown: 'Basic [redacted]' },
  { name: 'a Copilot token', text: 'got tid=1;exp=2;sku=3 now', shown: 'got [redacted] now' },
  { name: 'prose about tokens', text: 'the token is missing', shown: 'the token is missing' },
  {
    name: 'an address with userinfo',
    text: 'GET https://u:p@h/ failed',
    shown: 'GET https://[redacted]@h/ failed',
  },
];

describe('R-50 scrubSecrets() shows', () => {
  for (const { name, text, shown } of TEXTS) test(name, () => assert.equal(scrubSecrets(text), shown));
});

test('isSecretName() knows secrets in any spelling, and leaves ordinary names', () => {
  for (const name of [
    'Authorization',
    'client-secret',
    'api_key',
    'X-Amz-Security-Token',
    'user[password]',
    'SAMLResponse',
  ])
    assert.equal(isSecretName(name), true, name);
  for (const name of ['page', 'q', 'ref', 'client_id', 'per_page', 'authors', 'keyword'])
    assert.equal(isSecretName(name), false, name);
});

const AUTHORITIES: readonly (readonly [text: string, shown: string])[] = [
  ['github.com:0443', 'github.com:0443'],
  ['dave:pw@github.com:443', '[redacted]@github.com:443'],
  ['https://a@b:pw@github.com/', '[redacted]@github.com/'],
  ['ghp_0123456789abcdef:443', '[redacted]:443'],
  ['pw@\nx', '[redacted]@\\x0ax'],
];
for (const [text, shown] of AUTHORITIES) {
  test(`R-50 redactAuthority() shows ${JSON.stringify(text)} without its userinfo`, () =>
    assert.equal(redactAuthority(text), shown));
}

test('R-50 redactMethod() shows methods, and no other word', () => {
  const shown = ['GET', 'M-SEARCH', 'VERSION-CONTROL', 'pw5ec4e7', 'ghp_x', 'A'.repeat(25), ''].map(
    redactMethod,
  );
  assert.deepEqual(shown, ['GET', 'M-SEARCH', 'VERSION-CONTROL', ...Array(4).fill('[redacted]')]);
});
