// `gatewright explain`: what the gate would do, and why, by the code that does it.
// Must not know how it is decided.
import { Command } from 'commander';
import { type IpAddress, parseIpAddress } from '../../core/base/ip-address.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import { type Asked, type Explanation, explain } from '../../core/policy/decide/explain.ts';
import { parseQuestion } from '../../core/policy/decide/question.ts';
import { CONFIG_OPTION, policyAtHand } from '../at-hand.ts';
import { type Cli, endInTrouble, examples, paint, say, sayJson } from '../cli.ts';
import { EXIT } from '../exit-status.ts';

interface ExplainOptions {
  readonly policy?: string;
  readonly config?: string;
  readonly timeZone?: string;
  readonly user?: string;
  readonly group?: readonly string[];
  readonly from?: string;
  readonly device?: string;
  readonly listener?: string;
  readonly method: string;
  readonly websocket?: true;
  readonly json?: true;
}

export function explainCommand(cli: Cli): Command {
  return new Command('explain')
    .description('say what the gate would do with a request or a connection, and why')
    .argument('<url|host:port>', 'a URL, or HOST:PORT for the connection alone')
    .option('--policy <file>', "the policy (the settings', or policy.yaml)")
    .option(...CONFIG_OPTION)
    .option('--time-zone <name>', "where the days of the policy end (the settings', or UTC)")
    .option('--user <name>', 'who asks')
    .option('--group <name...>', 'groups that an identity source says; the policy adds its own')
    .option('--from <ip>', 'the address that asks')
    .option('--device <name>', "the subject of the device's certificate, or a device group")
    .option('--listener <name>', 'the listener that is asked')
    .option('--method <method>', 'the method of the request', 'GET')
    .option('--websocket', 'as a WebSocket upgrade')
    .option('--json', 'for a program')
    .addHelpText(
      'after',
      examples(
        ['gatewright explain https://github.com/octo-org/app --user dave', 'stamped, or exempt?'],
        [
          'gatewright explain https://github.com/settings/tokens --user alice --from 10.1.2.3',
          'blocked, and by which rule?',
        ],
        ['gatewright explain github.com:22', 'the connection alone'],
        [
          'gatewright explain https://github.dev/ --policy new.yaml --json; echo $?',
          '2: the answer is block',
        ],
      ),
    )
    .action(async (text: string, options: ExplainOptions) => {
      const policy = await policyAtHand(cli, options);
      if (!policy.ok) return endInTrouble(cli, policy.error);
      const asked = readAsked(cli, text, options);
      if (!asked.ok) return endInTrouble(cli, asked.error);
      const explanation = explain(policy.value, asked.value);
      if (options.json === true) sayJson(cli, explanation);
      else tell(cli, explanation);
      cli.end(explanation.verdict === 'block' ? EXIT.block : EXIT.fine);
    });
}

function readAsked(cli: Cli, text: string, options: ExplainOptions): Result<Asked, Trouble> {
  const refuse = (what: string, value: string, why: string): Result<Asked, Trouble> =>
    err({ kind: 'failed', message: `Cannot ${what} ${JSON.stringify(value)}: ${why}.` });
  const question = parseQuestion(text);
  if (!question.ok) return refuse('explain', text, question.error);
  const from = readAddress(options.from);
  if (!from.ok) return refuse('ask from', options.from ?? '', from.error);
  return ok({
    question: question.value,
    client: {
      user: options.user ?? null,
      groups: options.group ?? [],
      from: from.value,
      device: options.device ?? null,
      listener: options.listener ?? null,
    },
    method: options.method,
    websocket: options.websocket === true,
    nowMs: cli.terminal.nowMs(),
  });
}

function readAddress(text: string | undefined): Result<IpAddress | null, string> {
  return text === undefined ? ok(null) : parseIpAddress(text);
}

function tell(cli: Cli, explanation: Explanation): void {
  const { verdict, reason, edits, wouldBlock, text } = explanation;
  const style = verdict === 'block' ? 'red' : 'green';
  say(cli, `${paint(cli, style, verdict)}  ${reason.code}`);
  say(cli, text);
  for (const edit of edits) {
    say(
      cli,
      edit.op === 'overwrite'
        ? `  header     ${edit.name}: ${edit.value}`
        : `  header     ${edit.name} is removed`,
    );
  }
  if (reason.rule !== null) say(cli, `  rule       ${reason.rule}`);
  if (reason.exemption !== null) say(cli, `  exemption  ${reason.exemption}`);
  if (wouldBlock !== null)
    say(cli, `  ${paint(cli, 'yellow', 'would')}      ${wouldBlock.code} ${wouldBlock.rule ?? ''}`.trimEnd());
}
