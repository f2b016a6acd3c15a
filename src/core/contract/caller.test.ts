// Reading credentials from header lines.
// Must not know whose they are.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cookieValue, presentedToken, tokenKind } from './caller.ts';

const basic = (pair: string): string => `Basic ${btoa(pair)}`;

const PRESENTED: readonly { readonly name: string; readonly line: string; readonly token: string }[] = [
  { name: 'the Bearer scheme', line: 'Bearer ghp_x', token: 'ghp_x' },
  { name: 'the token scheme, as gh writes it', line: 'token gho_x', token: 'gho_x' },
  { name: 'a scheme in capitals and blanks around', line: 'BEARER  ghp_x ', token: 'ghp_x' },
  {
    name: 'a Copilot token, which has semicolons and equals signs',
    line: 'Bearer tid=1;exp=2;sku=3:4',
    token: 'tid=1;exp=2;sku=3:4',
  },
  { name: 'Basic with the token as password', line: basic('anything:ghp_x'), token: 'ghp_x' },
  { name: 'Basic with the token as user name', line: basic('ghp_x:'), token: 'ghp_x' },
  { name: 'Basic with x-oauth-basic', line: basic('ghp_x:x-oauth-basic'), token: 'ghp_x' },
  { name: 'Basic without a colon', line: basic('ghp_x'), token: 'ghp_x' },
  { name: 'Basic that is no base64: a credential that nobody has', line: 'Basic ***', token: '' },
  { name: 'a scheme alone: a credential that nobody has', line: 'Bearer', token: '' },
];

for (const { name, line, token } of PRESENTED) {
  test(`presentedToken() reads ${name}`, () => {
    assert.equal(presentedToken({ headers: ['Authorization', line] }), token);
  });
}

test('presentedToken() is null without Authorization', () => {
  assert.equal(presentedToken({ headers: ['Accept', '*/*'] }), null);
});

const KINDS: readonly (readonly [string, string])[] = [
  ['ghp_x', 'ghp'],
  ['github_pat_x', 'github_pat'],
  ['gho_x', 'gho'],
  ['ghu_x', 'ghu'],
  ['ghr_x', 'ghr'],
  ['ghs_x', 'ghs'],
  ['ghs_1_eyJ.e.s', 'ghs'],
  ['tid=1;exp=2', 'copilot'],
  ['eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOjF9.c2ln', 'jwt'],
  ['0123456789abcdef', 'other'],
  ['ghpx', 'other'],
];

for (const [token, kind] of KINDS) {
  test(`tokenKind() calls ${token} ${kind}`, () => assert.equal(tokenKind(token), kind));
}

test('cookieValue() finds a cookie among others, in one line or in several', () => {
  assert.equal(cookieValue({ headers: ['Cookie', 'a=1; user_session=x=y; b=2'] }, 'user_session'), 'x=y');
  assert.equal(cookieValue({ headers: ['cookie', 'a=1', 'cookie', 'user_session=x'] }, 'user_session'), 'x');
  assert.equal(cookieValue({ headers: ['cookie', 'not_user_session=x'] }, 'user_session'), null);
});
