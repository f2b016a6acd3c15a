// Paths that servers could read differently, and what each becomes.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseRequestPath, plainSpelling, withoutCase } from './request-path.ts';

function readingsOf(target: string): readonly string[] {
  const read = parseRequestPath(target);
  assert.equal(read.kind, 'path');
  return read.kind === 'path' ? read.readings : [];
}

const ONE: readonly { target: string; reading: string }[] = [
  { target: '/', reading: '/' },
  { target: '/octo-org/app', reading: '/octo-org/app' },
  { target: '/login?return_to=//x/../y', reading: '/login' },
  { target: '/settings/%74okens', reading: '/settings/tokens' },
  { target: '/a/.well-known/..x/x..', reading: '/a/.well-known/..x/x..' },
  { target: '/a%20b', reading: '/a b' },
  { target: '/caf%C3%A9', reading: '/caf\xc3\xa9' },
  { target: '/100%', reading: '/100%' },
  { target: '/a%zz', reading: '/a%zz' },
  { target: '*', reading: '*' },
];

describe('parseRequestPath() has one reading for', () => {
  for (const { target, reading } of ONE) test(target, () => assert.deepEqual(readingsOf(target), [reading]));
});

const MANY: readonly { target: string; also: readonly string[] }[] = [
  { target: '/a//b', also: ['/a//b', '/a/b'] },
  { target: '/a/./b', also: ['/a/./b', '/a/b'] },
  { target: '/login/../settings', also: ['/login/../settings', '/settings'] },
  { target: '/login/%2e%2E/settings', also: ['/settings'] },
  { target: '/login/%252e%252e/settings', also: ['/settings'] },
  { target: '/login%2f..%2fsettings', also: ['/settings'] },
  { target: '/login/..%5csettings', also: ['/settings'] },
  { target: '/login\\..\\settings', also: ['/settings'] },
  { target: '/settings;x=1/tokens;y', also: ['/settings/tokens'] },
  { target: '/settings%3bx/tokens', also: ['/settings/tokens'] },
  { target: '/login;%2f..%2f..%2fsettings', also: ['/login', '/settings'] },
  { target: '/a/%c0%ae%c0%ae/b', also: ['/b'] },
  { target: '/a%c0%afb', also: ['/a/b'] },
  { target: '/session%3fx', also: ['/session'] },
  { target: '/session%23x', also: ['/session'] },
  { target: '/a//../b', also: ['/a/b', '/b'] },
  { target: '/a%2Fb', also: ['/a%2Fb', '/a/b'] },
  { target: '/a%252Fb', also: ['/a%252Fb', '/a%2Fb', '/a/b'] },
  { target: '/..', also: ['/..', '/'] },
  { target: '//', also: ['//', '/'] },
];

describe('parseRequestPath() finds every reading of', () => {
  for (const { target, also } of MANY) {
    test(target, () => {
      const readings = readingsOf(target);
      for (const reading of also)
        assert.ok(readings.includes(reading), `${reading} in ${readings.join('  ')}`);
    });
  }
});

const MALFORMED = [
  '',
  'x',
  'https://github.com/',
  '/#',
  '/a#b',
  '/a b',
  '/a\0',
  '/a%00',
  '/a%2500',
  '/a\r\n',
  '/é',
  '/a\x7f',
  '/?q=\x01',
  '**',
];

describe('parseRequestPath() refuses', () => {
  for (const target of MALFORMED)
    test(JSON.stringify(target), () => assert.equal(parseRequestPath(target).kind, 'malformed'));
});

test('parseRequestPath() keeps the spelling that RFC 3986 calls equivalent', () => {
  const read = parseRequestPath('/settings/%74okens%20x');
  assert.ok(read.kind === 'path');
  assert.equal(read.verbatim, '/settings/%74okens x');
  assert.equal(read.readings[0], '/settings/tokens x');
});

test('parseRequestPath() calls a path unclear when its readings are too many or too long', () => {
  for (const target of [`/${'a;%2f..//./\\%252e%255c'.repeat(30)}`, `/a//${'b'.repeat(5000)}`]) {
    const read = parseRequestPath(target);
    assert.ok(read.kind === 'path' && read.unclear, target.slice(0, 40));
  }
});

const A10_READINGS: readonly (readonly [target: string, reading: string])[] = [
  ['/login/%20../x', '/x'],
  ['/login/..%20/x', '/x'],
  ['/login/.%20./x', '/x'],
  ['/login/%a0../x', '/x'],
  ['/login/%c2%a0../x', '/x'],
  ['/login/%e3%80%80../x', '/x'],
  ['/login/..%e2%80%83/x', '/x'],
  ['/login/..%e2%80%a8/x', '/x'],
  ['/login/..%e2%80%af/x', '/x'],
  ['/login/%e2%81%9f../x', '/x'],
  ['/login/%e1%9a%80../x', '/x'],
  ['/login/%e2%80%8b../x', '/x'],
  ['/login/.%c2%ad./x', '/x'],
  ['/login/..%ef%bb%bf/x', '/x'],
  ['/login/..%e2%81%a0/x', '/x'],
  ['/session%20', '/session'],
  ['/login%20/x', '/login/x'],
  ['/login/%u002e%u002E/x', '/x'],
  ['/login/..%u002fx', '/x'],
  ['/login/..%u005cx', '/x'],
  ['/login/%uff0e%uff0e%uff0fx', '/x'],
  ['/login/%25u002e%25u002e/x', '/x'],
  ['/settings/%u0074okens', '/settings/tokens'],
  ['/login/%c0%ae%c0%ae/x', '/x'],
  ['/login/%e0%80%ae%e0%80%ae/x', '/x'],
  ['/login/%f0%80%80%ae./x', '/x'],
  ['/login/%f8%80%80%80%ae./x', '/x'],
  ['/login/%fc%80%80%80%80%ae./x', '/x'],
  ['/login/..%c1%9cx', '/x'],
  ['/login/..%c0%2fx', '/x'],
  ['/login/%c0%2e./x', '/x'],
  ['/login/..%e0%80%afx', '/x'],
  ['/settings/%c1%b4okens', '/settings/tokens'],
  ['/login/%ef%bc%8e%ef%bc%8e/x', '/x'],
  ['/login/..%ef%bc%8fx', '/x'],
  ['/login/..%ef%bc%bcx', '/x'],
  ['/settings/%ef%bd%94okens', '/settings/tokens'],
  ['/login/%e2%80%a5/x', '/x'],
  ['/login/%e2%80%a4%e2%80%a4/x', '/x'],
  ['/login/..%e2%88%95x', '/x'],
  ['/login/%e3%80%82./x', '/x'],
  ['/login/%25252e%25252e/x', '/x'],
  ['/login%25252fx', '/login/x'],
  ['/settings/to%e2%84%aaens', '/settings/toKens'],
  ['/settings/token%c5%bf', '/settings/tokens'],
  ['/settings/%E2%93%A3okens', '/settings/tokens'],
  ['/settings/%F0%9D%93%BDokens', '/settings/tokens'],
  ['/settings/%25e2%2584%25aa', '/settings/K'],
  ['/settings/%ff%e2%84%aa', '/settings/\xffK'],
  ['/login/..%e2%84%80', '/login/..a/c'],
  ['/login/%c2%bd', '/login/1/2'],
  ['/o/cafe%cc%81', '/o/caf\xc3\xa9'],
  ['/login/..%ef%bd%a1/x', '/login/.../x'],
];

describe('R-08 A10 parseRequestPath() finds among its readings', () => {
  for (const [target, reading] of A10_READINGS)
    test(`${target} as ${reading}`, () => {
      const readings = readingsOf(target);
      assert.ok(readings.includes(reading), readings.join('  '));
    });
});

describe('R-08 A10 parseRequestPath() calls a path with an encoded control character unclear:', () => {
  const targets = [
    ...['/a%09', '/a/%0d/b', '/a%0Ab', '/a%1f', '/a%7Fb', '/a%2509', '/a%25250a', '/a%u0009', '/a%u000d'],
    ...['/a%c0%8a', '/a%e0%80%89', '/a%c2%85', '/a%c2%9f', '/a%u0085', '/a%u0000', '/a%c0%80', '/a%01/../b'],
  ];
  for (const target of targets)
    test(target, () => {
      const read = parseRequestPath(target);
      assert.ok(read.kind === 'path' && read.unclear);
    });
});

describe('R-08 A10 parseRequestPath() calls a path unclear that is encoded more often than thrice:', () => {
  const targets = ['/login/%2525252e%2525252e/x', '/login%252525252fx', '/%25252525', '/a%25252525u002e'];
  for (const target of targets)
    test(target, () => {
      const read = parseRequestPath(target);
      assert.ok(read.kind === 'path' && read.unclear);
    });
});

test('R-08 A10 withoutCase() compares letters of all alphabets, and leaves what is no UTF-8', () => {
  const pairs = [
    ['/ToKens', '/tokens'],
    ['/\xc3\x89', '/\xc3\xa9'],
    ['/to\xe2\x84\xaaens', '/tokens'],
    ['/token\xc5\xbf', '/tokens'],
    ['/\xff\xc3\xc3\x89', '/\xff\xc3\xc3\xa9'],
    ['/\xce\xa3', '/\xcf\x83'],
    ['/\xce\x9f\xce\xa3', '/\xce\xbf\xcf\x83'],
    ['/\xf0\x90\x90\x80', '/\xf0\x90\x90\xa8'],
  ];
  for (const [path = '', folded] of pairs) assert.equal(withoutCase(path), folded);
});

test('R-08 A10 parseRequestPath() reads legal file names in one way', () => {
  const targets = [
    '/o/r/blob/main/My%20File%20(1).md',
    '/o/r/%C3%80A',
    '/o/r/%E2%82%AC%20%C3%9F%C3%85%C2%A9.md',
    '/o/r/a%E2%80%8Bb%C2%ADc.md',
    '/o/r/caf%C3%A9.txt',
    '/o/r/%E6%97%A5.md',
    '/o/r/%F0%9F%91%A9%E2%80%8D%F0%9F%92%BB.md',
    '/o/r/caf%E9.txt',
  ];
  for (const target of targets) assert.equal(readingsOf(target).length, 1, target);
});

test('parseRequestPath() never throws, and its raw path and query are the target', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl(), oddPath()), (target) => {
      const read = parseRequestPath(target);
      if (read.kind === 'malformed') return;
      assert.equal(read.query === null ? read.raw : `${read.raw}?${read.query}`, target);
      assert.ok(read.readings.length >= 1);
    }),
  );
});

test('plainSpelling() accepts a path with one reading only', () => {
  assert.equal(plainSpelling('/in/My%20Docs/'), '/in/My Docs/');
  for (const path of [
    '/a//b',
    '/a/../b',
    '/a%2fb',
    '/a;b',
    '/a?b',
    'a',
    '/a\\b',
    '/%ef%ac%81',
    '/cafe%cc%81',
  ])
    assert.equal(plainSpelling(path), null, path);
});

function oddPath(): fc.Arbitrary<string> {
  const piece = fc.constantFrom(
    '/',
    '//',
    '.',
    '..',
    '%2f',
    '%2e',
    '%5c',
    '\\',
    ';',
    'a',
    '%25',
    '%',
    '?',
    '%c0%af',
    '%20',
    '%u002e',
    '%ef%bc%8e',
  );
  return fc.array(piece, { maxLength: 24 }).map((pieces) => `/${pieces.join('')}`);
}
