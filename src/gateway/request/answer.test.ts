// Tests of the gate's own answers: their form, their Proxy-Status, and that nothing in them can be forged.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { answerForm, type GateAnswer, proxyStatus, renderAnswer } from './answer.ts';

const ANSWER: GateAnswer = {
  ...{ status: 403, code: 'rule', rule: 'codespaces', reference: 'k3f9q2-1a.7', say: null },
  text: 'github.dev is blocked.',
  error: 'http_request_denied',
  retryAfter: null,
};
const WORDS = { contact: 'it-help@example.com', helpUrl: 'https://intranet.example.com/gate' };

describe('answerForm()', () => {
  const rows: readonly { accept: string; host: string; form: string }[] = [
    { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', host: 'api.github.com', form: 'html' },
    { accept: 'TEXT/HTML', host: 'github.com', form: 'html' },
    { accept: 'application/vnd.github+json', host: 'github.com', form: 'json' },
    { accept: '*/*', host: 'api.github.com', form: 'json' },
    { accept: '', host: 'api.business.githubcopilot.com', form: 'json' },
    { accept: 'text/plain', host: 'api.github.com', form: 'text' },
    { accept: '*/*', host: 'github.com', form: 'text' },
    { accept: '', host: '', form: 'text' },
  ];
  for (const { accept, host, form } of rows) {
    test(`is ${form} for "${accept}" on "${host}"`, () => assert.equal(answerForm(accept, host), form));
  }
});

describe('proxyStatus()', () => {
  test('names code, rule and reference', () => {
    assert.equal(
      proxyStatus(ANSWER),
      'Gatewright; error=http_request_denied; details="code=rule rule=codespaces reference=k3f9q2-1a.7"',
    );
  });

  test('leaves out a rule where none decided, and has the error type of the answer', () => {
    const failed = { code: 'upstream-certificate', error: 'tls_certificate_error', rule: null } as const;
    const status = proxyStatus({ ...ANSWER, ...failed });
    assert.equal(
      status,
      'Gatewright; error=tls_certificate_error; details="code=upstream-certificate reference=k3f9q2-1a.7"',
    );
  });

  test('keeps a rule of odd characters within its quotes', () => {
    const status = proxyStatus({ ...ANSWER, rule: 'a"\\b\r\nX: y é' });
    assert.match(status, /^[\x20-\x7e]*$/);
    assert.ok(status.includes('a\\"\\\\b??X: y ?'));
  });
});

describe('renderAnswer()', () => {
  for (const form of ['html', 'json', 'text'] as const) {
    test(`says the length of its body in ${form}, and is never stored`, () => {
      const { headers, body } = renderAnswer({ ...ANSWER, text: 'é ✓' }, form, WORDS);
      const value = (name: string): string => headers[headers.indexOf(name) + 1] ?? '';
      assert.equal(value('content-length'), String(body.length));
      assert.equal(value('cache-control'), 'no-store');
      assert.ok(body.toString('utf8').includes(ANSWER.reference));
    });
  }

  test('escapes what others wrote in a page', () => {
    const { body } = renderAnswer({ ...ANSWER, say: '<script>"&', text: "<b>'" }, 'html', WORDS);
    const page = body.toString('utf8');
    assert.ok(!page.includes('<script>') && !page.includes('<b>'));
  });

  test('says when it is worth trying again', () => {
    const { headers } = renderAnswer({ ...ANSWER, status: 429, retryAfter: 7 }, 'text', WORDS);
    assert.equal(headers[headers.indexOf('retry-after') + 1], '7');
  });

  test('is JSON that a program can read, whoever may be asked', () => {
    const { body } = renderAnswer({ ...ANSWER, say: 'Ask IT.' }, 'json', { contact: null, helpUrl: null });
    const { message, ...rest } = JSON.parse(body.toString('utf8'));
    assert.equal(message, 'github.dev is blocked. Ask IT.');
    assert.deepEqual(
      [rest.code, rest.rule, rest.reference, rest.contact],
      ['rule', 'codespaces', 'k3f9q2-1a.7', null],
    );
  });
});
