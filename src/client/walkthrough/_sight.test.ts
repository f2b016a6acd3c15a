// What is seen of an answer, by every form that GitHub and the gate give one.
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Answered } from '../proxied-request.ts';
import { cookieSet, type Expectation, isAsExpected, type Sight, sightOf } from './_sight.ts';

const MESSAGE =
  'Your network administrator has blocked access to GitHub except for the "octo" Enterprise & others.';
const ESCAPED = MESSAGE.replaceAll('"', '&quot;').replace('&', '&amp;').replaceAll('&amp;quot;', '&quot;');

function github(status: number, type: string, body: string): Answered {
  const headers = ['X-GitHub-Request-Id', 'AA:BB', 'Content-Type', type];
  return { kind: 'answered', status, headers, body };
}

const page = (body: string): string =>
  `<html><head><title>${ESCAPED} · GitHub</title><script>var a = "<b>";</script></head><body>${body}</body></html>`;

const SIGHTS: readonly (readonly [name: string, answered: Answered, seen: Sight])[] = [
  [
    'a JSON message',
    github(403, 'application/json', JSON.stringify({ message: MESSAGE })),
    { status: 403, by: 'GitHub', text: MESSAGE },
  ],
  [
    'a user',
    github(200, 'application/json', '{"login":"mona_octo"}'),
    { status: 200, by: 'GitHub', text: 'mona_octo' },
  ],
  [
    'a viewer',
    github(200, 'application/json', '{"data":{"viewer":{"login":"mona_octo"}}}'),
    { status: 200, by: 'GitHub', text: 'mona_octo' },
  ],
  ['JSON without words', github(200, 'application/json', '[1]'), { status: 200, by: 'GitHub', text: null }],
  ['JSON that is broken', github(200, 'application/json', '{'), { status: 200, by: 'GitHub', text: null }],
  [
    'a message on a page',
    github(403, 'text/html', page(`<h1>403</h1><p>${ESCAPED}</p>`)),
    { status: 403, by: 'GitHub', text: MESSAGE },
  ],
  [
    'a session',
    github(200, 'text/html', page('<h1>GitHub</h1><p>Signed in as <b id="login">mona</b></p>')),
    { status: 200, by: 'GitHub', text: 'signed in as mona' },
  ],
  [
    'a session of github.com',
    github(200, 'text/html', '<head><meta name="user-login" content="mona"></head><p>x'),
    { status: 200, by: 'GitHub', text: 'signed in as mona' },
  ],
  [
    'nobody’s session',
    github(200, 'text/html', '<head><meta name="user-login" content=""></head><p>x'),
    { status: 200, by: 'GitHub', text: 'x' },
  ],
  [
    'text to git',
    github(403, 'text/plain; charset=utf-8', `${MESSAGE}\n`),
    { status: 403, by: 'GitHub', text: MESSAGE },
  ],
  [
    'other bytes',
    github(200, 'application/x-git-upload-pack-advertisement', '001e'),
    { status: 200, by: 'GitHub', text: null },
  ],
  [
    'a refusal of the gate',
    {
      kind: 'answered',
      status: 403,
      headers: [
        'proxy-status',
        'Gatewright; error=http_request_denied; details="code=rule rule=codespaces reference=1"',
      ],
      body: JSON.stringify({ message: MESSAGE }),
    },
    { status: 403, by: 'the gate', text: 'rule codespaces' },
  ],
  [
    'a refused CONNECT',
    {
      kind: 'refused',
      status: 403,
      headers: ['Proxy-Status', 'Gatewright; details="code=not-allowed rule=otherwise reference=1"'],
    },
    { status: 403, by: 'the gate', text: 'not-allowed' },
  ],
  [
    'another proxy’s refusal',
    { kind: 'refused', status: 407, headers: [] },
    { status: 407, by: 'the gate', text: null },
  ],
  ['silence', { kind: 'silent', why: 'too late' }, { status: 0, by: 'nobody', text: 'too late' }],
];

for (const [name, answered, seen] of SIGHTS) {
  test(`sightOf() sees ${name}`, () => assert.deepEqual(sightOf(answered), seen));
}

const SEEN: Sight = { status: 200, by: 'GitHub', text: 'mona_octo' };

const COMPARED: readonly (readonly [name: string, expected: Expectation, is: 'equal' | 'different'])[] = [
  ['itself', SEEN, 'equal'],
  ['any text', { ...SEEN, text: null }, 'equal'],
  ['its ending', { ...SEEN, text: null, ending: '_octo' }, 'equal'],
  ['another status', { ...SEEN, status: 403 }, 'different'],
  ['another speaker', { ...SEEN, by: 'the gate' }, 'different'],
  ['another text', { ...SEEN, text: 'mona_octo ' }, 'different'],
  ['another ending', { ...SEEN, text: null, ending: '_hexa' }, 'different'],
];

for (const [name, expected, is] of COMPARED) {
  test(`isAsExpected() finds a sight ${is} to ${name}`, () => {
    assert.equal(isAsExpected(expected, SEEN), is === 'equal');
  });
}

test('isAsExpected() takes no silence for an ending', () => {
  assert.equal(isAsExpected({ ...SEEN, text: null, ending: 'x' }, { ...SEEN, text: null }), false);
});

const COOKIES: readonly (readonly [name: string, lines: readonly string[], value: string | null])[] = [
  ['its own', ['logged_in=yes', 'user_session=abc; Path=/; Secure'], 'abc'],
  ['none', ['logged_in=yes; user_session=abc'], null],
  ['one that is taken away', ['user_session=; Max-Age=0'], null],
];

for (const [name, lines, value] of COOKIES) {
  test(`cookieSet() reads ${name}`, () => {
    const headers = lines.flatMap((line) => ['Set-Cookie', line]);
    assert.equal(cookieSet({ kind: 'answered', status: 302, headers, body: '' }, 'user_session'), value);
  });
}
