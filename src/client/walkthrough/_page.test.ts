// The page's words here and those that the contract's tests hold GitHub's side against: two copies of one page.
import assert from 'node:assert/strict';
import test from 'node:test';
import * as seed from '../../../test/contract/seed-page.ts';
import {
  apiMessage,
  CONFIGURATION_ERRORS,
  installationMessage,
  MESSAGE_BEGINNINGS,
  webMessage,
} from './_page.ts';

const OCTO = { enterprise: 'octo-corp', shortcode: 'octo' };

const COPIES: readonly (readonly [name: string, here: string, there: string])[] = [
  ['web', webMessage(OCTO), seed.WEB_OCTO],
  ['API', apiMessage(OCTO), seed.API_OCTO],
  ['installation', installationMessage(OCTO), seed.INSTALLATION_OCTO],
  ['unknown enterprise', CONFIGURATION_ERRORS.unknown, seed.UNKNOWN],
  ['several enterprises', CONFIGURATION_ERRORS.many, seed.MANY],
  ['several headers', CONFIGURATION_ERRORS.headers, seed.HEADERS],
];

for (const [name, here, there] of COPIES) {
  test(`the page's message "${name}" is the same, byte for byte`, () => assert.equal(here, there));

  test(`the message "${name}" is found by its beginning`, () => {
    assert.equal(MESSAGE_BEGINNINGS.filter((beginning) => here.startsWith(beginning)).length, 1);
  });
}

test('webMessage() takes names as they are', () => {
  const odd = webMessage({ enterprise: '$&', shortcode: '$1' });
  assert.match(odd, /the \$& Enterprise.*your _\$1 account/);
});
