// Exempt and blocked paths in every spelling: what is exempt stays as narrow as it is written, what is blocked as wide.
// Must not know how the policy is compiled.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { headerOf } from '../support/gate-answers.ts';
import { Http2Answers } from '../support/http2-answers.ts';
import { headersFrame, PREFACE, settingsFrame } from '../support/http2-frames.ts';
import { atProxy, inside, officePolicy, STAMP, startOffice } from '../support/office.ts';
import { assertOfficeHolds } from '../support/office-verdict.ts';
import { valuesOf } from '../support/request-readings.ts';
import { fileScope, type TestScope } from '../support/test-scope.ts';
import { untilTrue } from '../support/until.ts';

const policy = {
  ...officePolicy(),
  exempt: [
    {
      name: 'sign-in',
      to: [
        'github.com/login/*',
        'http://github.com/login/*',
        'github.com/session',
        'http://github.com/session',
      ],
    },
    { name: 'people', groups: ['oss'] },
    { name: 'network', from: ['10.20.0.0/16'] },
  ],
};
const office = await startOffice(fileScope(), { policy });
const { twin, plain } = office;

/** Paths that a server somewhere could read as one beneath /login, or as one that is not. */
const PATHS: readonly string[] = [
  ...[
    '/login/../octo-org',
    '/login/..',
    '/login/.',
    '/login/./x',
    '/login/x/../../octo-org',
    '/octo-org/../login/x',
  ],
  ...[
    '/login/%2e%2e/octo-org',
    '/login/%2E%2E/octo-org',
    '/login/.%2e/x',
    '/login/%2e./x',
    '/login/%252e%252e/x',
  ],
  ...[
    '/login/..%2focto-org',
    '/login/..%2Focto-org',
    '/login%2f..%2focto-org',
    '/login%2fx',
    '/octo-org%2f..%2flogin/x',
  ],
  ...[
    '/login/..%5cocto-org',
    '/login/..\\octo-org',
    '/login\\..\\octo-org',
    '/login/..;/octo-org',
    '/login;/x',
    '/login;x/y',
  ],
  ...[
    '/login/..;a=b/octo-org',
    '/;/login/x',
    '/x;/../login/x',
    '//login/x',
    '/login//x',
    '///login/x',
    '/login/x//../..',
  ],
  ...[
    '/LOGIN/x',
    '/Login/x',
    '/login/%c0%ae%c0%ae/x',
    '/login/%e0%80%ae/x',
    '/login/%u002e%u002e/x',
    '/login/\xc0\xae./x',
  ],
  ...[
    '/%6cogin/x',
    '/%6Cogin/x',
    '/lo%67in/x',
    '/login%00/x',
    '/login/%00',
    '/login/x%00/../..',
    '/login/%0d%0aX: y',
    '/login/%23/../x',
  ],
  ...[
    '/login?/../octo-org',
    '/login/?x=/../..',
    '/octo-org?/login/x',
    '/octo-org#/login/x',
    '/login#/../x',
    '/login%3f/../x',
  ],
  ...[
    '/loginx',
    '/login-x/y',
    '/logi',
    '/login',
    '/login/',
    '/session',
    '/session/',
    '/session/x',
    '/sessionx',
    '/session?x',
    '/session;x',
  ],
  ...[
    '/login/ x',
    '/login/\tx',
    '/login/%',
    '/login/%2',
    '/login/%zz',
    '/login/%%32%65',
    '*',
    '',
    'login/x',
    '.',
    '..',
    '/..',
    '/.',
  ],
  ...[
    '/octo-org/%2e%2e/login/x',
    '/octo-org/..%2flogin/x',
    '/octo-org/login/x',
    '/login/x/%2e%2e/%2e%2e/octo-org',
    '/login/x/..',
  ],
  ...[
    '/login/%09/x',
    '/login/%09../octo-org',
    '/login/..%0d/octo-org',
    '/login/%20../octo-org',
    '/login/..%20/octo-org',
    '/login/.%20./octo-org',
    '/login/%a0../octo-org',
  ],
  ...[
    '/login/%u002e%u002e/octo-org',
    '/login/..%u2215octo-org',
    '/login/%25u002e./octo-org',
    '/login/%f0%80%80%ae./octo-org',
    '/login/..%c1%9cocto-org',
    '/login/..%c0%2focto-org',
  ],
  ...[
    '/login/%ef%bc%8e%ef%bc%8e/octo-org',
    '/login/..%ef%bc%8focto-org',
    '/login/%25252e%25252e/octo-org',
    '/login/a%20file%20(1).txt',
  ],
];
const EXEMPT = /^\/(?:login(?:\/|$)|session$)/;

/** What servers do to a path before they look at it; each does some of it, in this order. */
const HABITS: readonly ((path: string) => string)[] = [
  ...[decoded, decoded, decoded],
  (path) => path.replaceAll(/%u([0-9a-f]{4})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
  (path) => LIKE.reduce((read, [form, char]) => read.replaceAll(form, char), path),
  (path) => path.replace(/\0.*/s, ''),
  (path) => path.replaceAll(/[\x01-\x20\x7f\xa0]*([./])[\x01-\x20\x7f\xa0]*/g, '$1'),
  (path) => path.replaceAll('\\', '/'),
  (path) => path.replaceAll(/;[^/]*/g, ''),
  (path) => path.replaceAll(/\/{2,}/g, '/'),
  withoutDots,
];

/** What somebody takes for a dot or a slash. */
const LIKE = [
  ...['\xc0\xae', '\xe0\x80\xae', '\xf0\x80\x80\xae', '\xef\xbc\x8e', '\uff0e'].map(
    (form) => [form, '.'] as const,
  ),
  ...['\xc0\xaf', '\xc1\x9c', '\xc0/', '\xef\xbc\x8f', '\xe2\x88\x95', '\u2215'].map(
    (form) => [form, '/'] as const,
  ),
];

/** Whether every server would take the path for an exempt one. */
function isExemptToAll(target: string): boolean {
  const path = target.replace(/[?].*/s, '');
  return Array.from({ length: 2 ** HABITS.length }, (_, subset) =>
    HABITS.reduce((read, habit, at) => (((subset >> at) & 1) === 1 ? habit(read) : read), path),
  ).every((read) => EXEMPT.test(read));
}

function decoded(path: string): string {
  return path.replaceAll(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function withoutDots(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..' && kept.length > 1) kept.pop();
    else if (segment !== '.' && segment !== '..') kept.push(segment);
  }
  return kept.join('/');
}

/**
 * Asks over HTTP/2 frame by frame, since a library would not send every path. The gate answers whatever is a field value
 * (RFC 9113 section 8.2.1) and no origin-form with 400, and ends a stream without an answer, status 0, for what is none.
 */
async function askInFrames(
  t: TestScope,
  path: string,
): Promise<{ readonly status: number; readonly headers: readonly string[] }> {
  const { socket } = await inside(t, office, { alpn: ['h2'] });
  const answers = new Http2Answers(socket);
  const fields = [':method', 'GET', ':scheme', 'https', ':authority', 'github.com', ':path', path];
  socket.write(Buffer.concat([PREFACE, settingsFrame(), headersFrame(fields)]));
  await untilTrue(() => answers.areOver([1]), `no end of ${JSON.stringify(path)}`);
  socket.destroy();
  const status = Number(answers.valuesOf(':status')[0]?.[1] ?? 0);
  if (status === 0) assert.doesNotMatch(path, /^\/[\x21-\x7e]*$/, 'a path that is one has an answer');
  return {
    status,
    headers: answers.valuesOf('x-twin-nonce').flatMap(([, nonce]) => ['x-twin-nonce', nonce]),
  };
}

describe('R-07, R-08 A10 an exempt path is exempt as it is sent, and in no other spelling', () => {
  const stampOf = (answer: {
    readonly headers: readonly string[];
  }): { stamp: string | null; target: string } | null => {
    const nonce = headerOf(answer.headers, 'x-twin-nonce');
    const request = [...twin.requests(), ...plain.requests()].find((one) => one.nonce === nonce);
    if (request === undefined) return null;
    return { stamp: valuesOf(request.headers, STAMP)[0] ?? null, target: request.target };
  };
  const judge = (
    path: string,
    answer: { readonly status: number; readonly headers: readonly string[] },
  ): void => {
    const seen = stampOf(answer);
    if (seen === null) {
      assert.ok([0, 400, 403].includes(answer.status), `${JSON.stringify(path)}: ${answer.status}`);
      return;
    }
    assert.equal(seen.target, path, 'the bytes that were decided on are the bytes that go');
    assert.equal(seen.stamp, isExemptToAll(path) ? null : '12345', JSON.stringify(path));
  };

  test('over HTTP/1.1', async (t) => {
    for (const path of PATHS) {
      const connection = await inside(t, office);
      await connection.send(`GET ${path} HTTP/1.1\r\nHost: github.com\r\n\r\n`);
      judge(path, await connection.readAnswer());
      connection.socket.destroy();
    }
  });

  test('over HTTP/2', async (t) => {
    for (const path of PATHS) judge(path, await askInFrames(t, path));
  });

  test('in absolute form', async (t) => {
    for (const path of PATHS.filter((path) => path.startsWith('/'))) {
      const connection = await atProxy(t, office);
      await connection.send(`GET http://github.com${path} HTTP/1.1\r\nHost: github.com\r\n\r\n`);
      judge(path, await connection.readAnswer());
      connection.socket.destroy();
    }
  });

  test('a plain one is', async (t) => {
    const connection = await inside(t, office);
    await connection.send('GET /login/oauth HTTP/1.1\r\nHost: github.com\r\n\r\n');
    assert.deepEqual(stampOf(await connection.readAnswer()), { stamp: null, target: '/login/oauth' });
  });
});

describe('R-08 A10 a blocked path is blocked in every spelling', () => {
  const spellings = [
    ...[
      '/settings/tokens',
      '/settings/tokens/',
      '/settings/tokens/new',
      '/SETTINGS/Tokens',
      '/settings/tokens?x',
      '/settings/tokensX',
    ],
    ...[
      '/settings/%74okens',
      '/%73ettings/tokens',
      '/settings/tokens%2fnew',
      '/settings%2ftokens',
      '//settings/tokens',
    ],
    ...[
      '/settings//tokens',
      '/settings/./tokens',
      '/x/../settings/tokens',
      '/settings/x/../tokens',
      '/settings/tokens/..',
    ],
    ...[
      '/settings/%2e/tokens',
      '/x/%2e%2e/settings/tokens',
      '/x/..%2fsettings/tokens',
      '/x/..;/settings/tokens',
      '/settings;/tokens',
    ],
    ...[
      '/settings;x=y/tokens',
      '/settings\\tokens',
      '/x\\..\\settings/tokens',
      '/settings/tokens;',
      '/settings/tokens%00',
      '/settings%5ctokens',
    ],
    ...[
      '/settings/to%256bens/../tokens',
      '/settings/tokens#x',
      '/settings/%54OKENS',
      '/settings/tokens%20',
      '/settings/tokens/%2e',
    ],
    ...['/settings/toke%0Ans', '/settings/%09tokens', '/settings/%20/../tokens', '/settings%20/tokens'],
    ...[
      '/settings/%u0074okens',
      '/settings/%ef%bd%94okens',
      '/settings/%c1%b4okens',
      '/settings%u2215tokens',
    ],
  ];
  for (const http of ['HTTP/1.1', 'HTTP/2', 'absolute form'] as const) {
    test(`over ${http}`, async (t) => {
      for (const path of spellings) {
        const before = twin.requests().length + plain.requests().length;
        if (http === 'HTTP/2') {
          const { status } = await askInFrames(t, path);
          assert.ok([400, 403].includes(status), `${path}: ${status}`);
        } else {
          const connection = await (http === 'HTTP/1.1' ? inside : atProxy)(t, office);
          const url = http === 'HTTP/1.1' ? '' : 'http://github.com';
          await connection.send(`GET ${url}${path} HTTP/1.1\r\nHost: github.com\r\n\r\n`);
          const answer = await connection.readAnswer();
          assert.ok([400, 403].includes(answer.status), `${path}: ${answer.status}`);
          connection.socket.destroy();
        }
        assert.equal(twin.requests().length + plain.requests().length, before, path);
      }
    });
  }
});

test('R-01, R-07 and R-46 upstream saw no other path go without the stamp, in any reading, and each is in the record', async () => {
  await assertOfficeHolds(office, ({ target }) => (isExemptToAll(target) ? null : '12345'));
});
