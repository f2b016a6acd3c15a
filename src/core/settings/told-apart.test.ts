// Every form in which settings and policies are written.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { looksLikeSettings } from './told-apart.ts';

const ROWS: readonly (readonly [name: string, text: string, isSettings: boolean])[] = [
  ['a block', 'policy: p.yaml\nlisteners: []\n', true],
  ['one line of flow', '{ policy: p.yaml, listeners: [{ name: a, proxy: "127.0.0.1:1" }] }', true],
  ['JSON on one line', '{"policy":"p.yaml","listeners":[{"name":"a","proxy":"127.0.0.1:1"}]}', true],
  ['JSON over lines, another key first', '{\n  "admin": {},\n  "listeners": []\n}', true],
  ['a key in quotes', '"listeners" : []\n', true],
  ['a document mark and a comment', '# gate\n---\nlisteners: []\n', true],
  ['settings with a fault in them', 'listeners: []\nlisteners: []\naudit: { dir: [}\n', true],
  ['a policy', 'version: 1\nallow: [github.com]\notherwise: block\n', false],
  ['a policy as JSON', '{"version":1,"allow":["github.com"],"otherwise":"block"}', false],
  ['a policy that says listeners further down', 'version: 1\nexempt: [{ listeners: [a] }]\n', false],
  ['a policy with the word in a text', 'version: 1\n# listeners:\nwhy: |\n  listeners: x\n', false],
  ['a list', '- listeners: []\n', false],
  ['nothing', '', false],
];

for (const [name, text, isSettings] of ROWS) {
  test(`C2 looksLikeSettings() knows ${name}`, () => {
    assert.equal(looksLikeSettings(text), isSettings);
  });
}
