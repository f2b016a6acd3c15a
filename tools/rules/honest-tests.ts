// Tests run, all of them, and wait for what they test instead of for time.
// Must not know what is tested.
import {
  isArrowFunction,
  isCallExpression,
  isFunctionExpression,
  isIdentifier,
  isNewExpression,
  isPropertyAccessExpression,
  isPropertyAssignment,
  type Node,
  type SourceFile,
} from 'typescript/unstable/ast';
import { importsOf } from './imports.ts';
import { type Finding, isTestFile, lineOf, nodesOf, type SourceTree } from './source-tree.ts';

const NOT_RUN = ['only', 'skip', 'todo'];
const SAY_TOOL = 'every test runs. What needs a system tool goes through test/support/tools.ts.';
const SAY_SLEEP = 'a test waits for an event, never for time. Await what is to happen.';

/** No `.only`, `.skip`, `.todo`, no sleeps. */
export function honestTestsRule(tree: SourceTree): Finding[] {
  return [...tree.sources].flatMap(([file, source]) => (isTestFile(file) ? findingsIn(file, source) : []));
}

function findingsIn(file: string, source: SourceFile): Finding[] {
  const findings: Finding[] = [];
  for (const node of nodesOf(source)) {
    const say = (message: string): number => findings.push({ file, line: lineOf(source, node), message });
    const word = file.startsWith('test/support/') ? null : notRun(node);
    if (word !== null) say(`${word}: ${SAY_TOOL}`);
    if (isSleep(node)) say(`setTimeout: ${SAY_SLEEP}`);
  }
  for (const { target, line } of importsOf(file, source)) {
    if (target.kind === 'package' && target.name === 'node:timers/promises') {
      findings.push({ file, line, message: `${target.name}: ${SAY_SLEEP}` });
    }
  }
  return findings;
}

function notRun(node: Node): string | null {
  if (isPropertyAssignment(node) && isIdentifier(node.name) && NOT_RUN.includes(node.name.text)) {
    return isInCallOf(node, ['test', 'it', 'describe', 'suite']) ? node.name.text : null;
  }
  if (!isCallExpression(node) || !isPropertyAccessExpression(node.expression)) return null;
  const { expression, name } = node.expression;
  const isTest =
    isIdentifier(expression) && ['test', 'it', 'describe', 'suite', 't'].includes(expression.text);
  return isTest && NOT_RUN.includes(name.text) ? `${expression.text}.${name.text}` : null;
}

function isInCallOf(node: Node, names: readonly string[]): boolean {
  const call = node.parent.parent;
  return isCallExpression(call) && isIdentifier(call.expression) && names.includes(call.expression.text);
}

// new Promise((resolve) => setTimeout(resolve, ms)): the executor's first parameter is what the timer calls.
// A timer that rejects is a deadline, and is welcome.
function isSleep(node: Node): boolean {
  if (!isNewExpression(node) || !isIdentifier(node.expression) || node.expression.text !== 'Promise')
    return false;
  const executor = node.arguments?.[0];
  if (executor === undefined || !(isArrowFunction(executor) || isFunctionExpression(executor))) return false;
  const resolve = executor.parameters[0]?.name;
  if (resolve === undefined || !isIdentifier(resolve)) return false;
  return [...nodesOf(executor.body)].some((inner) => isTimerFor(inner, resolve.text));
}

function isTimerFor(node: Node, name: string): boolean {
  if (!isCallExpression(node) || !isIdentifier(node.expression)) return false;
  const callback = node.arguments[0];
  if (node.expression.text !== 'setTimeout' || callback === undefined) return false;
  return isIdentifier(callback) && callback.text === name;
}
