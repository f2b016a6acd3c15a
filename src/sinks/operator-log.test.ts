// Lines for the operator, with the secrets that callers put in by mistake.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OperatorLog, type OperatorLogOptions } from './operator-log.ts';

function logTo(options: Partial<OperatorLogOptions> = {}) {
  const lines: string[] = [];
  const stream = { write: (line: string) => lines.push(line) };
  return { lines, log: new OperatorLog({ stream, format: 'json', level: 'info', ...options }) };
}

test('OperatorLog writes one JSON object per line', () => {
  const { lines, log } = logTo();
  log.warn('The record cannot be written.', { dir: '/var/audit', cause: 'ENOSPC' });
  const { time, ...read } = JSON.parse(lines.join(''));
  assert.match(time, /^\d{4}-\d\d-\d\dT/);
  assert.deepEqual(read, {
    level: 'warn',
    dir: '/var/audit',
    cause: 'ENOSPC',
    msg: 'The record cannot be written.',
  });
});

test('OperatorLog leaves out what is below its level', () => {
  const { lines, log } = logTo({ level: 'error' });
  log.info('nothing');
  log.error('something');
  assert.equal(lines.length, 1);
});

test('R-50 OperatorLog takes secrets out of messages, fields and errors', () => {
  for (const format of ['json', 'lines'] as const) {
    const { lines, log } = logTo({ format });
    const failure = new Error('GET https://mona:S3CRET@h/ with ghp_S3CRETS3CRET');
    log.error('token ghp_S3CRETS3CRET refused', {
      authorization: 'S3CRET',
      headers: { cookie: 'S3CRET', 'x-token': 'S3CRET', list: ['Bearer S3CRETS3CRETS3CRET'] },
      failure,
    });
    const text = lines.join('');
    assert.ok(!text.includes('S3CRET'), text);
    assert.ok(text.includes('[redacted]'));
  }
});

test('R-49 OperatorLog keeps a line a line, and a terminal unmoved', () => {
  const { lines, log } = logTo({ format: 'lines' });
  log.info('one\nline\x1b[31m', { user: 'a\r\nb', plain: 'x' });
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', /^\d\d:\d\d:\d\d info {2}[\x20-\x7e]*\n$/);
});
