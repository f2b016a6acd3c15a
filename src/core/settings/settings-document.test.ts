// Settings that an administrator could write: what they come to, and every way to get them wrong.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { defaultLimits } from './limits.ts';
import type { Settings } from './settings.ts';
import { parseSettings, settingsJsonSchema } from './settings-document.ts';

const LEAST = 'policy: policy.yaml\nlisteners: [{ name: office, proxy: "127.0.0.1:3128" }]\n';
const resolvePath = (path: string): string => (path.startsWith('/') ? path : `/etc/gate/${path}`);
const read = (text: string) => parseSettings({ text, file: 'gatewright.yaml' }, resolvePath);

function settingsOf(text: string): Settings {
  const settings = read(text);
  assert.ok(settings.ok, settings.ok ? '' : JSON.stringify(settings.error));
  return settings.value;
}

test('parseSettings() fills in every default', () => {
  assert.deepEqual(settingsOf(LEAST), {
    policy: '/etc/gate/policy.yaml',
    settleMs: 1_000,
    timeZone: 'UTC',
    listeners: [
      {
        ...{ name: 'office', door: 'proxy', at: { address: '127.0.0.1', port: 3128 } },
        ...{ credentials: 'none', proxyProtocol: [] },
      },
    ],
    identity: { htpasswd: null },
    ca: { dir: '/etc/gate/ca', leafDays: 7, crlUrl: null },
    upstream: { roots: 'system', resolve: [], allowPrivate: [] },
    audit: { dir: '/etc/gate/audit', keepMs: 30 * 86_400_000, fsyncMs: 1_000 },
    allowlist: { meta: null, everyMs: 86_400_000, categories: null },
    admin: {
      listen: { address: '127.0.0.1', port: 3129 },
      tokenFile: '/etc/gate/admin-token',
      auditorTokenFile: null,
      metrics: 'token',
      stampSwitch: false,
      hosts: [],
    },
    workers: 'auto',
    limits: defaultLimits(),
    refusal: { contact: null, helpUrl: null },
  });
});

test('R-60 parseSettings() binds the admin API to loopback unless told otherwise', () => {
  assert.equal(settingsOf(LEAST).admin.listen.address, '127.0.0.1');
  assert.equal(settingsOf(LEAST).admin.metrics, 'token');
});

test('parseSettings() reads the example of docs/settings.md whole', () => {
  const page = readFileSync(new URL('../../../docs/settings.md', import.meta.url), 'utf8');
  const example = /```yaml\n# gatewright\.yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  const settings = settingsOf(example);
  assert.deepEqual(
    settings.listeners.map(({ name, door, credentials, proxyProtocol }) => [
      ...[name, door, credentials],
      proxyProtocol.length,
    ]),
    [
      ['office', 'proxy', 'none', 0],
      ['staff', 'proxy', 'required', 0],
      ['balanced', 'proxy', 'none', 1],
      ['tools', 'socks', 'none', 0],
    ],
  );
  assert.equal(settings.identity.htpasswd, '/etc/gate/users.htpasswd');
});

test('parseSettings() orders the resolve map from the most exact rule to the least', () => {
  const map =
    '{ "*": null, "*:443": "127.0.0.1:1", "github.com:443": "[::1]:2", "10.0.0.1:80": "127.0.0.1:3" }';
  const { resolve } = settingsOf(`${LEAST}upstream: { resolve: ${map} }\n`).upstream;
  assert.deepEqual(resolve, [
    { host: 'github.com', port: 443, to: { address: '::1', port: 2 } },
    { host: '10.0.0.1', port: 80, to: { address: '127.0.0.1', port: 3 } },
    { host: null, port: 443, to: { address: '127.0.0.1', port: 1 } },
    { host: null, port: null, to: null },
  ]);
});

test('parseSettings() reads limits and times', () => {
  const { limits, audit } = settingsOf(
    `${LEAST}limits: { headBytes: 8192, idleTimeout: 90s, connectTimeout: 250ms }\naudit: { keep: forever, fsync: 0s }\n`,
  );
  assert.equal(limits.headBytes, 8_192);
  assert.equal(limits.idleTimeoutMs, 90_000);
  assert.equal(limits.connectTimeoutMs, 250);
  assert.equal(audit.keepMs, null);
  assert.equal(audit.fsyncMs, 0);
});

const FAULTS: readonly { name: string; text: string; place: string; value: string; mend?: RegExp }[] = [
  { name: 'nothing', text: '{}\n', place: '1:1', value: 'policy', mend: /policy\.yaml/ },
  { name: 'a misspelt section', text: `${LEAST}adit: {}\n`, place: '3:1', value: 'adit', mend: /"audit"/ },
  {
    name: 'a misspelt limit',
    text: `${LEAST}limits: { headByte: 1 }\n`,
    place: '3:11',
    value: 'headByte',
    mend: /"headBytes"/,
  },
  { name: 'a limit out of bounds', text: `${LEAST}limits: { headBytes: 12 }\n`, place: '3:22', value: '12' },
  {
    name: 'a time without a unit',
    text: `${LEAST}limits: { idleTimeout: 90 }\n`,
    place: '3:24',
    value: '90',
    mend: /"90s"/,
  },
  {
    name: 'a time out of bounds',
    text: `${LEAST}limits: { idleTimeout: 0s }\n`,
    place: '3:24',
    value: '0s',
    mend: /1ms to 1d/,
  },
  {
    name: 'a short keep',
    text: `${LEAST}audit: { keep: 1h }\n`,
    place: '3:16',
    value: '1h',
    mend: /forever/,
  },
  {
    name: 'no number of workers',
    text: `${LEAST}workers: none\n`,
    place: '3:10',
    value: 'none',
    mend: /auto/,
  },
  { name: 'an unknown time zone', text: `${LEAST}timeZone: Mars/Base\n`, place: '3:11', value: 'Mars/Base' },
  {
    name: 'a name to listen on',
    text: `${LEAST}admin: { listen: "localhost:1" }\n`,
    place: '3:18',
    value: 'localhost:1',
    mend: /127\.0\.0\.1/,
  },
  {
    name: 'an octal address to listen on',
    text: `${LEAST}admin: { listen: "127.0.0.01:1" }\n`,
    place: '3:18',
    value: '127.0.0.01:1',
  },
  {
    name: 'a port too high',
    text: `${LEAST}admin: { listen: "127.0.0.1:65536" }\n`,
    place: '3:18',
    value: '127.0.0.1:65536',
  },
  {
    name: 'a name to resolve to',
    text: `${LEAST}upstream: { resolve: { "a.b:1": "c.d:1" } }\n`,
    place: '3:33',
    value: 'c.d:1',
  },
  {
    name: 'a resolve key without a port',
    text: `${LEAST}upstream: { resolve: { "a.b": null } }\n`,
    place: '3:31',
    value: 'null',
  },
  {
    name: 'host bits in a network',
    text: `${LEAST}upstream: { allowPrivate: ["10.0.0.1/8"] }\n`,
    place: '3:28',
    value: '10.0.0.1/8',
  },
  { name: 'no roots', text: `${LEAST}upstream: { roots: [] }\n`, place: '3:20', value: '[]' },
  { name: 'a leaf too long', text: `${LEAST}ca: { leafDays: 48 }\n`, place: '3:17', value: '48' },
  {
    name: 'a revocation list over https',
    text: `${LEAST}ca: { crlUrl: "https://a.b/" }\n`,
    place: '3:15',
    value: 'https://a.b/',
  },
  {
    name: 'a revocation list at no port',
    text: `${LEAST}ca: { crlUrl: "http://a.b:0/" }\n`,
    place: '3:15',
    value: 'http://a.b:0/',
  },
  {
    name: 'a contact of two lines',
    text: `${LEAST}refusal: { contact: "a\\nb" }\n`,
    place: '3:21',
    value: 'a\nb',
  },
  {
    name: 'a script as help',
    text: `${LEAST}refusal: { helpUrl: "javascript:1" }\n`,
    place: '3:21',
    value: 'javascript:1',
  },
  ...[
    'http://api.github.com/meta',
    'https://192.0.2.1/meta',
    'https://api.github.com',
    'https://a@b.example/',
  ].map((meta) => ({
    name: `a list at ${meta}`,
    text: `${LEAST}allowlist: { meta: "${meta}" }\n`,
    place: '3:20',
    value: meta,
    mend: /api\.github\.com\/meta/,
  })),
  {
    name: 'a list every second',
    text: `${LEAST}allowlist: { every: 1s }\n`,
    place: '3:21',
    value: '1s',
    mend: /1m to 7d/,
  },
  {
    name: 'a category that is none',
    text: `${LEAST}allowlist: { categories: ["a b"] }\n`,
    place: '3:27',
    value: 'a b',
  },
  { name: 'no listener', text: 'policy: p\nlisteners: []\n', place: '2:12', value: '[]' },
  {
    name: 'two listeners of one name',
    text: 'policy: p\nlisteners:\n  - { name: a, proxy: "127.0.0.1:1" }\n  - { name: a, proxy: "127.0.0.1:2" }\n',
    place: '4:13',
    value: 'a',
  },
  {
    name: 'two listeners in one place',
    text: 'policy: p\nlisteners:\n  - { name: a, proxy: "0.0.0.0:1" }\n  - { name: b, proxy: "127.0.0.1:1" }\n',
    place: '4:23',
    value: '127.0.0.1:1',
  },
  {
    name: 'a listener of SOCKS5 in the place of one of HTTP',
    text: 'policy: p\nlisteners:\n  - { name: a, proxy: "0.0.0.0:1" }\n  - { name: b, socks: "127.0.0.1:1" }\n',
    place: '4:23',
    value: '127.0.0.1:1',
  },
  {
    name: 'a listener of two kinds',
    text: 'policy: p\nlisteners:\n  - { name: a, proxy: "127.0.0.1:1", socks: "127.0.0.1:2" }\n',
    place: '3:45',
    value: '127.0.0.1:2',
    mend: /of its own/,
  },
  {
    name: 'a listener that listens nowhere',
    text: 'policy: p\nlisteners:\n  - { name: a, proxy: "127.0.0.1:1" }\n  - { name: b }\n',
    place: '4:5',
    value: '{ name: b }',
    mend: /proxy: .* socks: /,
  },
  {
    name: 'nobody to serve the revocation list',
    text: 'policy: p\nlisteners: [{ name: a, socks: "127.0.0.1:1" }]\n',
    place: '2:12',
    value: '[{ name: a, socks: "127.0.0.1:1" }]',
    mend: /ca\.crlUrl/,
  },
  {
    name: 'a listener in the place of the admin API',
    text: 'policy: p\nlisteners: [{ name: a, proxy: "127.0.0.1:3129" }]\n',
    place: '2:31',
    value: '127.0.0.1:3129',
  },
  {
    name: 'credentials without an identity source',
    text: 'policy: p\nlisteners: [{ name: a, proxy: "127.0.0.1:1", credentials: required }]\n',
    place: '2:59',
    value: 'required',
    mend: /htpasswd/,
  },
];

describe('parseSettings() refuses', () => {
  for (const row of FAULTS) {
    test(row.name, () => {
      const settings = read(row.text);
      assert.equal(settings.ok, false);
      const [fault] = settings.ok ? [] : settings.error;
      assert.deepEqual([`${fault?.line}:${fault?.column}`, fault?.value], [row.place, row.value]);
      assert.notEqual(fault?.mend, '');
      if (row.mend !== undefined) assert.match(fault?.mend ?? '', row.mend);
    });
  }
});

test('docs/settings.md names every setting with its default, and no other', () => {
  const page = readFileSync(new URL('../../../docs/settings.md', import.meta.url), 'utf8');
  const named = [...page.matchAll(/^\| `([A-Za-z.[\]]+)` \| ([^|]*) \|/gm)].map(
    (row) => `${row[1]}: ${row[2]?.trim()}`,
  );
  assert.deepEqual(named, leavesOf(settingsJsonSchema(), ''));
});

test('settingsJsonSchema() shows times as text with a pattern', () => {
  const text = JSON.stringify(settingsJsonSchema());
  assert.ok(text.includes('"pattern":"^(0|[1-9][0-9]*)(ms|s|m|h|d)$"'));
  assert.ok(!text.includes('gatewrightDuration'));
});

/** `KEY: DEFAULT` for every setting of a JSON Schema, as the page shows defaults. */
function leavesOf(schema: unknown, path: string): string[] {
  const { properties, items, required, ...rest } = recordOf(schema);
  const entries = Object.entries(recordOf(properties));
  if (path !== '' && entries.length === 0) {
    const inner = recordOf(recordOf(items)['properties']);
    if (Object.keys(inner).length > 0) return leavesOf(items, `${path}[]`);
    return [`${path}: ${'default' in rest ? `\`${shown(rest['default'])}\`` : ''}`];
  }
  const wanted: unknown[] = Array.isArray(required) ? required : [];
  return entries.flatMap(([key, value]) =>
    leavesOf(value, path === '' ? key : `${path}.${key}`).map((leaf) =>
      wanted.includes(key) && leaf.endsWith(`${key}: `) ? `${leaf}required` : leaf,
    ),
  );
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
