// `gatewright status`: the running gate on one screen.
// Must not know how the gate knows.
import { Command } from 'commander';
import { z } from 'zod';
import { faultText } from '../../core/base/document.ts';
import { adminClient } from '../admin-client.ts';
import { adminAtHand, CONFIG_OPTION } from '../at-hand.ts';
import { type Cli, endInTrouble, examples, paint, say, sayJson } from '../cli.ts';
import { EXIT } from '../exit-status.ts';
import { printable } from '../printed.ts';
import { sayPlaces } from './run.ts';

interface StatusOptions {
  readonly config?: string;
  readonly admin?: string;
  readonly tokenFile?: string;
  readonly json?: true;
}

export function statusCommand(cli: Cli): Command {
  return new Command('status')
    .description('show the running gate on one screen: is it ready, what is in force, who is connected')
    .option(...CONFIG_OPTION)
    .option('--admin <url>', "the gate's admin API (the settings', or the demo's)")
    .option('--token-file <file>', "its token (the settings', or the demo's)")
    .option('--json', 'for a program')
    .addHelpText(
      'after',
      examples(
        ['gatewright status', 'the gate of gatewright.yaml, or the demo'],
        [
          'gatewright status --config /etc/gatewright/gatewright.yaml; echo $?',
          '0: ready, 1: not, or not running',
        ],
        ['gatewright status --json', 'as GET /api/v1/status answers'],
      ),
    )
    .action(async (options: StatusOptions) => {
      const place = await adminAtHand(cli, options);
      if (!place.ok) return endInTrouble(cli, place.error);
      const client = adminClient(cli, place.value);
      if (!client.ok) return endInTrouble(cli, client.error);
      const status = await client.value.ask({ method: 'GET', path: '/api/v1/status', shape: STATUS });
      if (!status.ok) return endInTrouble(cli, status.error);
      if (options.json === true) sayJson(cli, status.value);
      else tell(cli, status.value);
      cli.end(status.value.ready ? EXIT.fine : EXIT.failure);
    });
}

const FAULT = z.looseObject({
  file: z.string(),
  line: z.number(),
  column: z.number(),
  value: z.string(),
  problem: z.string(),
  mend: z.string(),
});
const STATUS = z.looseObject({
  version: z.string(),
  startedAt: z.string(),
  connections: z.number(),
  ready: z.boolean(),
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })),
  policy: z.object({ file: z.string(), revision: z.string(), faults: z.array(FAULT) }),
  listeners: z.array(
    z.object({
      name: z.string(),
      door: z.string().default('proxy'),
      address: z.string(),
      credentials: z.string(),
    }),
  ),
  workers: z
    .array(z.looseObject({ worker: z.number(), pid: z.number(), connections: z.number() }))
    .optional(),
});
type Status = z.infer<typeof STATUS>;

/** The gate's answer is a stranger's text to the terminal. */
function tell(cli: Cli, status: Status): void {
  const { connections, policy, workers } = status;
  const word = status.ready ? paint(cli, 'green', 'ready') : paint(cli, 'red', 'not ready');
  const which = printable(`gatewright ${status.version}, since ${status.startedAt}`);
  say(cli, `${word}  ${which}, ${connections} connections`);
  sayPlaces(cli, [
    ...status.checks.map(({ name, ok, detail }) => {
      const sign = ok ? paint(cli, 'green', 'ok') : paint(cli, 'red', 'NO');
      return [printable(name), `${sign}  ${printable(detail)}`] as const;
    }),
    ['in force', printable(`${policy.revision}  ${policy.file}`)],
    ...status.listeners.map(({ name, door, address, credentials }) => {
      const words = [
        ...(door === 'socks' ? ['SOCKS5'] : []),
        ...(credentials === 'required' ? ['credentials required'] : []),
      ];
      const wants = words.length === 0 ? '' : `  (${words.join(', ')})`;
      return [printable(name), `${printable(address)}${wants}`] as const;
    }),
    ...(workers ?? []).map(({ worker, pid, connections: own }) => {
      return [`worker ${worker}`, `pid ${pid}, ${own} connections`] as const;
    }),
  ]);
  if (policy.faults.length === 0) return;
  say(cli, paint(cli, 'yellow', 'The policy on the disk is refused; the one in force stays:'));
  for (const fault of policy.faults) say(cli, `  ${printable(faultText(fault))}`);
}
