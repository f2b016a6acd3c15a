// YAML 1.2 text as a plain value with offsets, or every reason why it cannot be one.
// Must not know schemas.
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import { err, ok, type Result } from './result.ts';

export type PathKey = string | number;

/** A parsed document: the plain value, and where its parts stand. Offsets count UTF-16 units from 0. */
export interface YamlTree {
  readonly value: unknown;
  /** Where the value at `path` begins, or its nearest parent that is there. */
  offsetOf(path: readonly PathKey[]): number;
  /** Where the key itself begins. */
  offsetOfKey(path: readonly PathKey[], key: string): number;
  /** The value at `path` as it was written, on one line and cut. */
  writtenAt(path: readonly PathKey[]): string;
}

/** What stands in the way of a value, and what would be right. */
export interface YamlFinding {
  readonly offset: number;
  readonly value: string;
  readonly problem: string;
  readonly mend: string;
  readonly instead: readonly string[];
}

/** Reads exactly one YAML 1.2 document; tags, merge keys, other versions and unbounded aliases are findings. */
export function readYaml(text: string): Result<YamlTree, readonly YamlFinding[]> {
  const nul = text.indexOf('\0');
  if (nul >= 0) return err([finding(nul, '', isWide(text) ? WIDE : NUL)]);
  try {
    const document = parseDocument(text, { version: '1.2', merge: false, prettyErrors: false, strict: true });
    const findings = [...syntaxFindings(document, text), ...refusedConstructs(document, text)];
    if (findings.length > 0) return err(findings.toSorted((a, b) => a.offset - b.offset));
    if (document.contents === null) return err([finding(0, '', EMPTY)]);
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    return ok(treeOf(document, { text, value }));
  } catch (error) {
    // The parser recurses with the nesting, and refuses alias bombs with a ReferenceError.
    if (error instanceof RangeError) return err([finding(0, excerpt(text, 0, text.length), TOO_DEEP)]);
    if (error instanceof ReferenceError) return err([finding(anchorOffset(text), '&', TOO_MANY_ALIASES)]);
    throw error;
  }
}

/** UTF-16 read as UTF-8: of ASCII, every other character is NUL. */
function isWide(text: string): boolean {
  const start = text.slice(0, 64);
  return [0, 1].some(
    (odd) => start.length > 1 && [...start].every((char, at) => at % 2 !== odd || char === '\0'),
  );
}

const MAX_ALIASES = 100;
const WIDE = { problem: 'the file is UTF-16', mend: 'save it as UTF-8' };
const NUL = { problem: 'a NUL character stands here', mend: 'remove it; save the file as UTF-8 text' };
const EMPTY = { problem: 'the document is empty', mend: 'write at least its required keys' };
const TOO_DEEP = { problem: 'the document is nested too deeply', mend: 'write it flat' };
const TOO_MANY_ALIASES = {
  problem: 'the aliases of this document expand too far',
  mend: `write the values out; at most ${MAX_ALIASES} aliases are read`,
};
const NO_ANCHOR = { problem: 'no anchor before it has this name', mend: 'write the value out' };
const STAR = 'a * at the beginning is an alias in YAML, and no pattern';
const ALIAS_LOOP = { problem: 'an alias stands inside its own anchor', mend: 'write the value out' };
const TAG = {
  problem: 'tags are not read here',
  mend: 'write the plain value; quote it if it must stay text',
};
const MERGE = { problem: 'merge keys are not read here', mend: 'write the keys out' };
const VERSION = { problem: 'only YAML 1.2 is read here', mend: 'remove the %YAML line' };
const PROTO = { problem: 'this key is reserved', mend: 'choose another name' };
const COMPLEX_KEY = { problem: 'a key must be one word', mend: 'write a plain key' };

const SYNTAX: Readonly<Record<string, { problem: string; mend: string }>> = {
  DUPLICATE_KEY: { problem: 'the key stands here twice', mend: 'keep one of them' },
  MULTIPLE_DOCS: { problem: 'a second document begins here', mend: 'keep one document in the file' },
  BAD_ALIAS: { problem: STAR, mend: 'write the pattern in quotes, as "*.example.org"' },
  BAD_DQ_ESCAPE: {
    problem: 'a backslash in double quotes begins an escape, and this is none',
    mend: "write the text in single quotes, as 'CORP\\bob'",
  },
  TAB_AS_INDENT: { problem: 'a tab indents this line', mend: 'indent with spaces' },
};

function syntaxFindings(document: Document.Parsed, text: string): YamlFinding[] {
  return document.errors.map((error) => {
    const known = SYNTAX[error.code];
    const [start, end] = error.pos;
    const word = /^[^\s:,[\]{}]+/.exec(text.slice(start, start + 200))?.[0] ?? text.slice(start, end);
    const why = known ?? { problem: sentence(error.message), mend: 'see the YAML 1.2 syntax' };
    return finding(start, cut(word.trim()), why);
  });
}

function refusedConstructs(document: Document.Parsed, text: string): YamlFinding[] {
  const found: YamlFinding[] = [];
  if (document.directives.yaml.explicit === true && document.directives.yaml.version !== '1.2')
    found.push(finding(0, excerpt(text, 0, text.length), VERSION));
  visit(document, {
    Node: (_key, node, path) => {
      const offset = node.range?.[0] ?? 0;
      if (!isAlias(node) && node.tag !== undefined) found.push(finding(offset, node.tag, TAG));
      if (isAlias(node)) found.push(...aliasFindings(document, node, path));
    },
    Pair: (_key, pair) => {
      const offset = isNode(pair.key) ? (pair.key.range?.[0] ?? 0) : 0;
      if (!isScalar(pair.key)) found.push(finding(offset, excerpt(text, offset, text.length), COMPLEX_KEY));
      else if (pair.key.value === '<<') found.push(finding(offset, '<<', MERGE));
      else if (pair.key.value === '__proto__') found.push(finding(offset, '__proto__', PROTO));
    },
  });
  return found;
}

function aliasFindings(document: Document.Parsed, alias: Alias, path: readonly unknown[]): YamlFinding[] {
  const offset = alias.range?.[0] ?? 0;
  const target = alias.resolve(document);
  const written = `*${alias.source}`;
  if (target === undefined && alias.source.includes('.'))
    return [finding(offset, written, { problem: STAR, mend: `write it in quotes: "${written}"` })];
  if (target === undefined) return [finding(offset, written, NO_ANCHOR)];
  return path.includes(target) ? [finding(offset, written, ALIAS_LOOP)] : [];
}

function treeOf(document: Document.Parsed, read: { text: string; value: unknown }): YamlTree {
  const nodeAt = (path: readonly PathKey[]): Node => {
    let node: Node = document.contents ?? document.createNode(null);
    for (const key of path) {
      const next = childOf(document, node, key);
      if (next === null) break;
      node = next;
    }
    return node;
  };
  return {
    value: read.value,
    offsetOf: (path) => nodeAt(path).range?.[0] ?? 0,
    offsetOfKey: (path, key) => {
      const node = resolved(document, nodeAt(path));
      const pair = isMap(node) ? node.items.find((item) => keyText(item.key) === key) : undefined;
      return isNode(pair?.key) ? (pair.key.range?.[0] ?? 0) : (nodeAt(path).range?.[0] ?? 0);
    },
    writtenAt: (path) => {
      const node = nodeAt(path);
      if (isScalar(node) && typeof node.value === 'string') return cut(node.value);
      return excerpt(read.text, node.range?.[0] ?? 0, node.range?.[1] ?? 0);
    },
  };
}

function childOf(document: Document.Parsed, parent: Node, key: PathKey): Node | null {
  const node = resolved(document, parent);
  if (isSeq(node)) {
    const item = node.items[Number(key)];
    return isNode(item) ? item : null;
  }
  if (!isMap(node)) return null;
  const value = node.items.find((item) => keyText(item.key) === String(key))?.value;
  return isNode(value) ? value : null;
}

function resolved(document: Document.Parsed, node: Node): Node {
  return isAlias(node) ? (node.resolve(document) ?? node) : node;
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : '';
}

function finding(offset: number, value: string, why: { problem: string; mend: string }): YamlFinding {
  return { offset, value, ...why, instead: [] };
}

function anchorOffset(text: string): number {
  return Math.max(0, text.indexOf('&'));
}

/** The parser's message as the middle of a sentence. */
function sentence(message: string): string {
  const first = message.split('\n')[0] ?? '';
  return first.charAt(0).toLowerCase() + first.slice(1);
}

function excerpt(text: string, start: number, end: number): string {
  return cut((text.slice(start, end).split('\n')[0] ?? '').trim());
}

function cut(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
