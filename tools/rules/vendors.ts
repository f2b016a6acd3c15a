// What a vendor calls a host, an address of the web or a header stands in that vendor's file (ARCHITECTURE.md).
// Must not know any vendor: the names are read from src/core/vendors.
import {
  isNoSubstitutionTemplateLiteral,
  isStringLiteral,
  isTemplateHead,
  type Node,
} from 'typescript/unstable/ast';
import { type Finding, isTestFile, lineOf, nodesOf, type SourceTree } from './source-tree.ts';

const ROOM = 'src/core/vendors/';
/** What is a vendor's own matter: its answers, the simulated one, and the commands that show its pages. */
const MAY = ['src/core/contract/', 'src/simulator/', 'src/client/walkthrough/', 'src/cli/trial/'];
/** Examples that people read, where nothing is compared with them. */
const EXAMPLES: readonly string[] = ['src/core/policy/compare/policy-test.ts'];

/** Literals that are a host, a pattern of hosts, a URL or a header of a vendor; sentences that name one are prose. */
export function vendorsRule(tree: SourceTree): Finding[] {
  const names = namesOf(tree);
  return [...tree.sources].flatMap(([file, source]): Finding[] => {
    if (!isJudged(file)) return [];
    return [...nodesOf(source)].flatMap((node): Finding[] => {
      const text = textOf(node);
      if (text === null || !isOfVendor(text, names)) return [];
      const message = `${JSON.stringify(text)} is a vendor's. Give it a name in ${ROOM}, with its source and day.`;
      return [{ file, line: lineOf(source, node), message }];
    });
  });
}

function isJudged(file: string): boolean {
  if (!file.startsWith('src/') || isTestFile(file) || EXAMPLES.includes(file)) return false;
  return ![ROOM, ...MAY].some((path) => file.startsWith(path));
}

function textOf(node: Node): string | null {
  return isStringLiteral(node) || isNoSubstitutionTemplateLiteral(node) || isTemplateHead(node)
    ? node.text
    : null;
}

/** The names that the vendors' files hold: registered domains, and header fields in lower case. */
interface Names {
  readonly domains: ReadonlySet<string>;
  readonly headers: ReadonlySet<string>;
}

function namesOf(tree: SourceTree): Names {
  const texts = [...tree.sources]
    .filter(([file]) => file.startsWith(ROOM) && !isTestFile(file))
    .flatMap(([, source]) => [...nodesOf(source)].flatMap((node) => textOf(node) ?? []));
  return {
    domains: new Set(texts.flatMap((text) => domainOf(text) ?? [])),
    headers: new Set(texts.filter((text) => HEADER.test(text)).map((text) => text.toLowerCase())),
  };
}

function isOfVendor(text: string, { domains, headers }: Names): boolean {
  const domain = domainOf(text);
  return headers.has(text.toLowerCase()) || (domain !== null && domains.has(domain));
}

/** The last two labels of a host, a pattern of hosts, or a URL; null for what is none of these, whole. */
function domainOf(text: string): string | null {
  const [, host = null] = HOST.exec(text) ?? [];
  return host?.split('.').slice(-2).join('.') ?? null;
}

const HOST = /^(?:https?:\/\/)?[*.]{0,2}((?:[a-z0-9*-]+\.)+[a-z]{2,})(?::\d+)?(?:\/\S*)?$/;
const HEADER = /^(?:sec|x)(?:-[A-Za-z]+){2,}$/i;
