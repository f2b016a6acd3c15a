// Tests of the one pass over a request's headers.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stampHeader } from '../../core/policy/header-edit.ts';
import { survey } from './survey.ts';

const { isSpelling } = stampHeader('github', 'sec-GitHub-allowed-enterprise');

describe('survey()', () => {
  test('finds what the record and the refusal need, in any case', () => {
    const found = survey(
      ['AUTHORIZATION', 'Bearer x', 'user-Agent', 'git/2', 'Accept', '*/*', 'X', 'y'],
      [],
      isSpelling,
    );
    assert.deepEqual(found, { authorization: 'Bearer x', userAgent: 'git/2', accept: '*/*', signs: [] });
  });

  const rows: readonly {
    name: string;
    headers: readonly string[];
    connection: readonly string[];
    signs: readonly string[];
  }[] = [
    {
      name: 'a copy of the stamp',
      headers: ['Sec_GitHub.Allowed-Enterprise', '9'],
      connection: [],
      signs: ['client-stamp'],
    },
    {
      name: 'a copy in another length',
      headers: ['HTTP_SEC_GITHUB_ALLOWED_ENTERPRISE_', '9'],
      connection: ['secgithuballowedenterprise'],
      signs: ['client-stamp', 'stamp-nominated'],
    },
    {
      name: 'two copies',
      headers: ['sec-github-allowed-enterprise', '9', 'sec-github-allowed-enterprise', '8'],
      connection: [],
      signs: ['client-stamp'],
    },
    {
      name: 'a nominated stamp',
      headers: [],
      connection: ['close', 'sec_github_allowed_enterprise'],
      signs: ['stamp-nominated'],
    },
    {
      name: 'a name that only looks like it',
      headers: ['sec-github-allowed-enterprises', '9'],
      connection: [],
      signs: [],
    },
  ];
  for (const { name, headers, connection, signs } of rows) {
    test(`R-02 A6 says of ${name}: ${signs.join(', ') || 'nothing'}`, () => {
      assert.deepEqual(survey(headers, connection, isSpelling).signs, signs);
    });
  }
});
