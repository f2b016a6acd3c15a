// Tests of HOST:PORT as a CONNECT names it: one plain spelling of each, and what is refused.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { destinationText, parseDestination } from './destination.ts';

const READ: readonly (readonly [text: string, kind: 'name' | 'address', shown: string])[] = [
  ['github.com:443', 'name', 'github.com:443'],
  ['GitHub.COM:443', 'name', 'github.com:443'],
  ['github.com:1', 'name', 'github.com:1'],
  ['github.com:65535', 'name', 'github.com:65535'],
  ['192.0.2.1:443', 'address', '192.0.2.1:443'],
  ['[2001:db8::1]:443', 'address', '[2001:db8::1]:443'],
  ['[::ffff:192.0.2.1]:443', 'address', '192.0.2.1:443'],
];

const REFUSED: readonly string[] = [
  ...['github.com', 'github.com:', ':443', '', 'github.com:0', 'github.com:0443', 'github.com:65536'],
  ...['github.com:+443', 'github.com: 443', 'github.com:443 ', 'github.com:4e2', 'github.com:https'],
  ...['github.com:443:443', 'user@github.com:443', 'https://github.com:443', 'github.com:443/'],
  ...['2001:db8::1:443', '[2001:db8::1]', '[2001:db8::1:443', '[192.0.2.1]:443', '[github.com]:443'],
  ...['192.0.2.01:443', '3221225985:443', '0xc0000201:443', '192.0.513:443', '[fe80::1%eth0]:443'],
  ...['github.com\0:443', 'github.com\r\n:443', 'gith\u00fcb.com:443', 'github\u3002com:443'],
];

describe('R-41 parseDestination()', () => {
  for (const [text, kind, shown] of READ) {
    test(`reads ${text}`, () => {
      const destination = parseDestination(text);
      assert.deepEqual([destination.kind, destinationText(destination)], [kind, shown]);
    });
  }

  for (const text of REFUSED) {
    test(`refuses ${JSON.stringify(text)}`, () => {
      const destination = parseDestination(text);
      assert.deepEqual([destination.kind, destinationText(destination)], ['malformed', text]);
    });
  }

  test('takes a default port where none is named, and no other way to name none', () => {
    assert.deepEqual(
      ['github.com', '[2001:db8::1]', 'github.com:8080'].map((text) =>
        destinationText(parseDestination(text, 80)),
      ),
      ['github.com:80', '[2001:db8::1]:80', 'github.com:8080'],
    );
    assert.equal(parseDestination('github.com:00', 80).kind, 'malformed');
  });
});
