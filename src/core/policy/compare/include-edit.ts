// Edits of policy files as texts: an include more, accepted names more or fewer. What people wrote stays as it is.
// Must not know disks. Whoever edits reads the result again before it counts.
import { isMap, isScalar, isSeq, parseDocument, type YAMLMap, YAMLSeq } from 'yaml';

/** What was accepted in one go. */
export interface Acceptance {
  /** The rule's name. */
  readonly name: string;
  readonly why: string;
  readonly entries: readonly { readonly pattern: string; readonly note: string }[];
}

/** The text with one include more; every other byte stays. Null when the text has a shape that this cannot edit. */
export function withInclude(text: string, path: string): string | null {
  const document = parseDocument(text, { version: '1.2' });
  const root = document.contents;
  if (document.errors.length > 0 || !isMap(root) || root.flow === true) return null;
  const include = root.get('include', true);
  const written = JSON.stringify(path);
  if (include === undefined) return insertedLine(text, root, `include: [${plainOr(path)}]`);
  if (isScalar(include) && include.range) {
    const [start, end] = include.range;
    return `${text.slice(0, start)}[${text.slice(start, end)}, ${written}]${text.slice(end)}`;
  }
  if (!isSeq(include)) return null;
  const last: unknown = include.items.at(-1);
  if (!isScalar(last) || !last.range) return null;
  const [start, end] = last.range;
  if (include.flow === true) return `${text.slice(0, end)}, ${plainOr(path)}${text.slice(end)}`;
  const dash = text.lastIndexOf('\n', start) + 1;
  const indent = /^[ ]*-[ ]+/.exec(text.slice(dash))?.[0];
  // A block sequence on one line with its key, or a dash on a line of its own, is nothing that people write.
  if (indent === undefined) return null;
  const at = lineEnd(text, end);
  return `${text.slice(0, at)}${newline(text)}${indent}${plainOr(path)}${text.slice(at)}`;
}

/** A file of accepted names with one acceptance more; null makes a new one. The comments of an old one stay. */
export function withAcceptance(text: string | null, acceptance: Acceptance): string | null {
  const document = parseDocument(text ?? NEW_FILE, { version: '1.2' });
  if (document.errors.length > 0 || !isMap(document.contents)) return null;
  const allow = document.contents.get('allow', true);
  const { name, why, entries } = acceptance;
  const items = entries.map(({ pattern, note }) => {
    const item = document.createNode(pattern);
    item.comment = ` ${note}`;
    return item;
  });
  const rule = document.createNode({ name, why, to: items });
  const same = isSeq(allow) ? listOf(allow, { name, why }) : null;
  if (same !== null) same.items.push(...items);
  else if (isSeq(allow)) {
    allow.flow = false;
    allow.items.push(rule);
  } else if (isScalar(allow) && typeof allow.value === 'string') {
    const list = new YAMLSeq();
    list.items.push(allow, rule);
    document.set('allow', list);
  } else if (allow === undefined) document.set('allow', document.createNode([rule]));
  else return null;
  return document.toString(AS_WRITTEN);
}

/** What a rule of that name and reason names, where that is a list that can be added to. */
function listOf(rules: YAMLSeq, { name, why }: Pick<Acceptance, 'name' | 'why'>): YAMLSeq | null {
  for (const rule of rules.items) {
    if (!isMap(rule) || rule.get('name') !== name || rule.get('why') !== why || rule.items.length !== 3)
      continue;
    const to = rule.get('to');
    if (!isSeq(to)) continue;
    to.flow = false;
    return to;
  }
  return null;
}

/** The text without these names in rules whose name begins with `rulePrefix`; rules that name nothing more go too. */
export function withoutAccepted(
  text: string,
  { rulePrefix, patterns }: { readonly rulePrefix: string; readonly patterns: ReadonlySet<string> },
): string | null {
  const document = parseDocument(text, { version: '1.2' });
  if (document.errors.length > 0 || !isMap(document.contents)) return null;
  const allow = document.contents.get('allow', true);
  if (!isSeq(allow)) return null;
  allow.items = allow.items.filter((rule) => {
    if (!isMap(rule) || !String(rule.get('name') ?? '').startsWith(rulePrefix)) return true;
    return keepsSome(rule, patterns);
  });
  return document.toString(AS_WRITTEN);
}

/** False when nothing is left of what the rule names. */
function keepsSome(rule: YAMLMap, patterns: ReadonlySet<string>): boolean {
  const isGone = (item: unknown): boolean =>
    isScalar(item) && patterns.has(String(item.value).toLowerCase().replace(/\.$/, ''));
  const to = rule.get('to', true);
  if (!isSeq(to)) return !isGone(to);
  to.items = to.items.filter((item) => !isGone(item));
  return to.items.length > 0;
}

const AS_WRITTEN = { lineWidth: 0, flowCollectionPadding: true } as const;

const NEW_FILE = `# Domains that GitHub publishes in https://api.github.com/meta, accepted with: gatewright allowlist accept
# A block rule and plan routing win against all of it.
version: 1
`;

/** After the line of `version`, or else before the first key. */
function insertedLine(text: string, root: YAMLMap, line: string): string | null {
  const version = root.get('version', true);
  const end = isScalar(version) ? version.range?.[1] : undefined;
  if (end === undefined) return null;
  const at = lineEnd(text, end);
  return `${text.slice(0, at)}${newline(text)}${line}${text.slice(at)}`;
}

/** Where the line that `at` stands in ends, without its line break. */
function lineEnd(text: string, at: number): number {
  const end = /\r?\n/.exec(text.slice(at));
  return end === null ? text.length : at + end.index;
}

function newline(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? '\n';
}

/** Without quotes where YAML reads it as the same text in any place. */
function plainOr(path: string): string {
  return /^[A-Za-z][A-Za-z0-9_./-]*\.ya?ml$/.test(path) ? path : JSON.stringify(path);
}
