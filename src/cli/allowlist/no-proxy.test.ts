// NO_PROXY as people write it: hosts, with ports or without.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bypasses } from './_meta-source.ts';

const ROWS: readonly (readonly [list: string, host: string, port: number, isDirect: boolean])[] = [
  ['localhost:8080', 'localhost', 8080, true],
  ['localhost:8080', 'localhost', 443, false],
  ['a.example,localhost:8080', 'localhost', 8080, true],
  ['localhost', 'localhost', 8080, true],
  ['.github.com', 'api.github.com', 443, true],
  ['*.github.com:443', 'api.github.com', 443, true],
  ['*.github.com:8443', 'api.github.com', 443, false],
  ['github.com.', 'api.github.com', 443, true],
  ['hub.com', 'github.com', 443, false],
  ['*', 'github.com', 443, true],
  ['*:443', 'github.com', 443, true],
  ['::1', '::1', 443, true],
  ['[::1]:8080', '::1', 8080, true],
  ['[::1]:8080', '::1', 443, false],
  ['', 'github.com', 443, false],
  [':443', 'github.com', 443, false],
];

for (const [list, host, port, isDirect] of ROWS)
  test(`B15 NO_PROXY=${list} ${isDirect ? 'lets' : 'does not let'} ${host}:${port} go directly`, () =>
    assert.equal(bypasses(list, { host, port }), isDirect));
