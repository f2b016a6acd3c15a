// Patterns against hosts and paths.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { pathIndex, valuesOnPath } from '../compile/path-index.ts';
import { hostMatches, parsePattern, pathMatches } from './pattern.ts';

const HOSTS: readonly { pattern: string; yes: readonly string[]; no: readonly string[] }[] = [
  {
    pattern: 'github.com',
    yes: ['github.com'],
    no: ['api.github.com', 'evilgithub.com', 'github.com.evil.example'],
  },
  { pattern: 'GitHub.COM.', yes: ['github.com'], no: ['github.co'] },
  {
    pattern: '*.githubcopilot.com',
    yes: ['api.githubcopilot.com', 'api.business.githubcopilot.com'],
    no: ['githubcopilot.com', 'xgithubcopilot.com'],
  },
  {
    pattern: 'copilot-reports-*.b01.azurefd.net',
    yes: ['copilot-reports-x.b01.azurefd.net', 'copilot-reports-.b01.azurefd.net'],
    no: ['copilot-reports-a.b.b01.azurefd.net', 'copilot-report-x.b01.azurefd.net', 'b01.azurefd.net'],
  },
  {
    pattern: '*.a*b.example.org',
    yes: ['x.ab.example.org', 'x.y.axxb.example.org'],
    no: ['ab.example.org', 'x.ba.example.org'],
  },
  { pattern: '192.0.2.7', yes: ['192.0.2.7'], no: ['192.0.2.70'] },
  {
    pattern: '198.51.100.0/24',
    yes: ['198.51.100.0', '198.51.100.255'],
    no: ['198.51.99.255', '198.51.101.0', '2001:db8::1', 'a198.51.100.1', 'github.com'],
  },
  { pattern: '198.51.100.7/32:8443', yes: ['198.51.100.7'], no: ['198.51.100.8'] },
  {
    pattern: '[2001:db8::]/33',
    yes: ['2001:db8::', '2001:db8:7fff::1'],
    no: ['2001:db8:8000::', '198.51.100.1'],
  },
  { pattern: '2001:db8::/32', yes: ['2001:db8:8000::'], no: ['2001:db9::'] },
  { pattern: '198.51.100.7:443/24', yes: ['198.51.100.7'], no: ['198.51.100.8'] },
  { pattern: '[2001:DB8::7]:443', yes: ['2001:db8::7'], no: ['2001:db8::70'] },
];

describe('R-04 hostMatches() ends on label boundaries', () => {
  for (const { pattern, yes, no } of HOSTS) {
    test(pattern, () => {
      const parsed = parsePattern(pattern, null);
      assert.ok(parsed.ok);
      for (const host of yes) assert.equal(hostMatches(parsed.value.host, host), true, host);
      for (const host of no) assert.equal(hostMatches(parsed.value.host, host), false, host);
    });
  }
});

const PORTS: readonly { pattern: string; allow: number | null; block: number | null }[] = [
  { pattern: 'github.com', allow: 443, block: null },
  { pattern: 'github.com:22', allow: 22, block: 22 },
  { pattern: 'https://github.com', allow: 443, block: 443 },
  { pattern: 'http://github.com/x', allow: 80, block: 80 },
  { pattern: 'http://github.com:8080', allow: 8080, block: 8080 },
];

describe('parsePattern() takes the port of', () => {
  for (const { pattern, allow, block } of PORTS) {
    test(pattern, () => {
      const [asAllow, asBlock] = [parsePattern(pattern, 443), parsePattern(pattern, null)];
      assert.ok(asAllow.ok && asBlock.ok);
      assert.equal(asAllow.value.port, allow);
      assert.equal(asBlock.value.port, block);
    });
  }
});

const PATHS: readonly { pattern: string; yes: readonly string[]; no: readonly string[] }[] = [
  {
    pattern: 'a.example.org/login/*',
    yes: ['/login', '/login/', '/login/x/y'],
    no: ['/loginx', '/', '/Login'],
  },
  {
    pattern: 'a.example.org/settings/tokens*',
    yes: ['/settings/tokens', '/settings/tokens/x', '/settings/tokensx'],
    no: ['/settings'],
  },
  { pattern: 'a.example.org/user', yes: ['/user'], no: ['/user/', '/users', '/user/x'] },
  { pattern: 'a.example.org/a/', yes: ['/a/'], no: ['/a'] },
  { pattern: 'a.example.org/%7Ejoe/*', yes: ['/~joe/x'], no: ['/%7Ejoe/x'] },
];

describe('pathMatches() and the path index agree on', () => {
  for (const { pattern, yes, no } of PATHS) {
    test(pattern, () => {
      const parsed = parsePattern(pattern, null);
      assert.ok(parsed.ok && parsed.value.path !== null);
      const index = pathIndex([[parsed.value.path, 'x']]);
      for (const path of yes)
        assert.equal(
          pathMatches(parsed.value.path, path) && valuesOnPath(index, path).length > 0,
          true,
          path,
        );
      for (const path of no)
        assert.equal(
          pathMatches(parsed.value.path, path) || valuesOnPath(index, path).length > 0,
          false,
          path,
        );
    });
  }

  test('any patterns and paths', () => {
    const part = fc.constantFrom('a', 'b', 'ab', 'a/b', '');
    const kind = fc.constantFrom('exact', 'prefix', 'beneath');
    const pattern = fc.record({ kind, path: part.map((text) => `/${text}`) });
    fc.assert(
      fc.property(
        fc.array(pattern, { maxLength: 6 }),
        fc.array(part, { maxLength: 3 }),
        (patterns, parts) => {
          const path = `/${parts.join('/')}`;
          const index = pathIndex(patterns.map((one, at) => [one, at] as const));
          const wanted = patterns.flatMap((one, at) => (pathMatches(one, path) ? [at] : []));
          assert.deepEqual([...new Set(valuesOnPath(index, path))].sort(), wanted.sort());
        },
      ),
    );
  });
});

for (const pattern of ['a.example.org', 'a.example.org/', 'a.example.org/*'])
  test(`parsePattern() takes ${pattern} for the whole host`, () => {
    const parsed = parsePattern(pattern, null);
    assert.ok(parsed.ok);
    assert.equal(parsed.value.path, null);
  });

test('parsePattern() never throws', () => {
  fc.assert(fc.property(fc.string(), (text) => typeof parsePattern(text, null).ok === 'boolean'));
});
