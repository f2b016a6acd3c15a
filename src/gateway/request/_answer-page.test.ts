// The page as HTML: everything said stays text, and a mail address becomes a link that carries the reference.
// Must not know the style.
import assert from 'node:assert/strict';
import test from 'node:test';
import { type AnswerPage, answerPage } from './_answer-page.ts';

const PAGE: AnswerPage = {
  status: 403,
  heading: 'Refused',
  text: 'Why.',
  say: null,
  details: [['Reference', 'a-1']],
  reference: 'a-1',
  contact: null,
  helpUrl: null,
};

const EVIL = `<img src=x onerror=alert(1)>"'&`;

test('answerPage() writes nothing that it is given as markup', () => {
  const page = answerPage({
    ...PAGE,
    heading: EVIL,
    text: EVIL,
    say: EVIL,
    details: [[EVIL, EVIL]],
    contact: EVIL,
    helpUrl: `https://example.com/${EVIL}`,
  });
  assert.ok(!page.includes('<img'));
  assert.ok(!/href="[^"]*"[^>]*onerror/.test(page));
  assert.equal(page.match(/&#60;img/g)?.length, 8);
});

const CONTACTS: readonly { readonly contact: string; readonly link: string | null }[] = [
  { contact: 'it-help@example.com', link: 'mailto:it-help@example.com?subject=' },
  { contact: 'phone 1234', link: null },
  { contact: 'javascript:alert(1)@example.com', link: null },
  { contact: 'a@b@example.com', link: null },
];

for (const { contact, link } of CONTACTS) {
  test(`answerPage() ${link === null ? 'shows' : 'links'} the contact ${contact}`, () => {
    const page = answerPage({ ...PAGE, contact });
    assert.ok(page.includes(contact));
    if (link === null) assert.ok(!page.includes('mailto:'));
    else assert.match(page, new RegExp(`href="${link.replaceAll('?', '\\?')}[^"]*a-1"`));
  });
}

test('answerPage() offers no help where there is none', () => {
  assert.ok(!answerPage(PAGE).includes('class="help"'));
});
