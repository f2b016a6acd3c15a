// Addresses of a revocation list: which go into leaves, and which are refused.
import assert from 'node:assert/strict';
import test from 'node:test';
import { parseCrlUrl } from './crl-url.ts';

const RIGHT = [
  'http://gate.example.com/ca.crl',
  'http://Gate.Example.com:3128/ca.crl',
  'http://127.0.0.1:3128/ca.crl',
  'http://[2001:db8::1]:3128/ca.crl?from=leaf',
  'http://gate.example.com',
];

for (const text of RIGHT) {
  test(`parseCrlUrl() takes ${text} as it stands`, () => {
    assert.deepEqual(parseCrlUrl(text), { ok: true, value: text });
  });
}

const WRONG = [
  '',
  'http://',
  'http:///ca.crl',
  'HTTP://gate.example.com/ca.crl',
  'gate.example.com/ca.crl',
  'https://gate.example.com/ca.crl',
  'ftp://gate.example.com/ca.crl',
  'http://a"b/ca.crl',
  'http://user@gate.example.com/ca.crl',
  'http://gate.example.com:0/ca.crl',
  'http://gate.example.com:65536/ca.crl',
  'http://gate.example.com:3128:1/ca.crl',
  'http://gate..example.com/ca.crl',
  'http://2001:db8::1/ca.crl',
  'http://gate.example.com/ca crl',
  'http://gate.example.com/ca.crl\n',
  'http://gate.example.com\\ca.crl',
  'http://gäte.example.com/ca.crl',
];

for (const text of WRONG) {
  test(`parseCrlUrl() refuses ${JSON.stringify(text)}`, () => {
    assert.equal(parseCrlUrl(text).ok, false);
  });
}
