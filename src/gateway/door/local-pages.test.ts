// Tests of the PAC file: what browsers run decides which way they go.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { pacFile } from './local-pages.ts';

function ask(pac: string, host: string): unknown {
  const dnsDomainIs = (name: string, domain: string): boolean => name.endsWith(domain);
  return runInNewContext(`${pac};FindProxyForURL('https://x/', ${JSON.stringify(host)})`, { dnsDomainIs });
}

describe('pacFile()', () => {
  const pac = pacFile('proxy.example.com:3128', ['github.com', '*.githubcopilot.com']);

  for (const host of ['github.com', 'GITHUB.com', 'api.business.githubcopilot.com']) {
    test(`sends ${host} to the gate`, () => assert.equal(ask(pac, host), 'PROXY proxy.example.com:3128'));
  }
  for (const host of [
    'githubcopilot.com',
    'evilgithub.com',
    'github.com.evil.example',
    'xgithubcopilot.com',
  ]) {
    test(`sends ${host} directly`, () => assert.equal(ask(pac, host), 'DIRECT'));
  }

  for (const host of ['github.com.', 'GitHub.com.', 'api.githubcopilot.com.'])
    test(`B15 sends ${host} to the gate`, () => assert.equal(ask(pac, host), 'PROXY proxy.example.com:3128'));
  for (const host of ['github.com..', 'githubxcom.', '.'])
    test(`B15 sends ${host} directly`, () => assert.equal(ask(pac, host), 'DIRECT'));

  test('sends everything directly when nothing is named', () => {
    assert.equal(ask(pacFile('p:1', []), 'github.com'), 'DIRECT');
  });

  test('keeps odd text within its quotes', () => {
    assert.equal(ask(pacFile('a" + evil() + "', ['x"y']), 'x"y'), 'PROXY a" + evil() + "');
  });
});
