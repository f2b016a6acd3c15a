// `gatewright stamp`: a gate's stamp off and on while it runs, as if clients left the network and came back.
// Must not know what the stamp does to a request.
import { Command } from 'commander';
import { adminClient } from '../admin-client.ts';
import { adminAtHand, CONFIG_OPTION } from '../at-hand.ts';
import { type Cli, endInTrouble, examples, paint, say, sayJson } from '../cli.ts';
import { EXIT } from '../exit-status.ts';
import { askStamp, type StampState, turnStamp } from './stamp-switch.ts';

interface StampOptions {
  readonly config?: string;
  readonly admin?: string;
  readonly tokenFile?: string;
  readonly json?: true;
}

export function stampCommand(cli: Cli): Command {
  return new Command('stamp')
    .description("switch a running gate's stamp off and on, or say how it stands")
    .addArgument(
      new Command().createArgument('<on|off|status>', 'what to do').choices(['on', 'off', 'status']),
    )
    .option(...CONFIG_OPTION)
    .option('--admin <url>', "the gate's admin API (the settings', or the demo's)")
    .option('--token-file <file>', "its admin token (the settings', or the demo's)")
    .option('--json', 'for a program')
    .addHelpText(
      'after',
      examples(
        ['gatewright stamp off', 'as outside the network: nothing is stamped, nobody is restricted'],
        ['gatewright stamp on', 'inside again'],
        ['gatewright stamp status --json', 'for a script'],
      ),
    )
    .action(async (wish: StampState | 'status', options: StampOptions) => {
      const place = await adminAtHand(cli, options);
      if (!place.ok) return endInTrouble(cli, place.error);
      const client = adminClient(cli, place.value);
      if (!client.ok) return endInTrouble(cli, client.error);
      const state = await (wish === 'status' ? askStamp(client.value) : turnStamp(client.value, wish));
      if (!state.ok) return endInTrouble(cli, state.error);
      if (options.json === true) sayJson(cli, state.value);
      else tell(cli, state.value.stamp);
      cli.end(EXIT.fine);
    });
}

function tell(cli: Cli, stamp: StampState): void {
  say(
    cli,
    stamp === 'on'
      ? `The stamp is ${paint(cli, 'green', 'on')}: requests carry what the policy says.`
      : `The stamp is ${paint(cli, 'yellow', 'off')}: no request is stamped, nobody is restricted. Switch it on again with: gatewright stamp on`,
  );
}
