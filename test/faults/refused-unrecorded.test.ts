// A refusal is a decision too: while the record is down, nobody is told one that stands nowhere.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { test } from 'node:test';
import { gateSays } from '../support/gate-answers.ts';
import { atProxy, startOffice } from '../support/office.ts';

const PATHS = ['http://refused.example.com/x', 'http://github.com/x'];

test('R-47, R-56 plain HTTP is 503 while the record is down, to a refused destination too', async (t) => {
  const office = await startOffice(t);
  const ask = async (target: string): Promise<string> => {
    const connection = await atProxy(t, office);
    const { host } = new URL(target);
    await connection.send(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    const { status, headers } = await connection.readAnswer();
    return `${status} ${gateSays(headers).code}`;
  };
  const { writeSync } = fs;
  assert.match(await ask(PATHS[0] ?? ''), /^403 /);
  fs.writeSync = () => {
    throw new Error('the disk is gone');
  };
  syncBuiltinESMExports();
  try {
    for (const path of PATHS) assert.equal(await ask(path), '503 record-unavailable');
  } finally {
    fs.writeSync = writeSync;
    syncBuiltinESMExports();
  }
  assert.equal(office.plain.requests().length, 0);
});
