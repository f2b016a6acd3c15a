// `gatewright run`: opens the gate that gatewright.yaml describes.
// Must not know how the gate works.
import { setFlagsFromString } from 'node:v8';
import { Command } from 'commander';
import type { RunningGate } from '../../acts.ts';
import { faultText } from '../../core/base/document.ts';
import { unreachable } from '../../core/base/unreachable.ts';
import { type Cli, endInTrouble, examples, say, warn } from '../cli.ts';
import { DEFAULT_SETTINGS_FILE, readSettledSettings } from '../settings-file.ts';
import { stayWith } from './running.ts';

export function runCommand(cli: Cli): Command {
  return new Command('run')
    .description('open the gate')
    .option('--config <file>', 'the settings', DEFAULT_SETTINGS_FILE)
    .addHelpText(
      'after',
      examples(
        ['gatewright run', 'with gatewright.yaml of this folder'],
        ['gatewright run --config /etc/gatewright/gatewright.yaml', 'as a service does'],
        ['kill -HUP PID', 'read policy and CA again; a wrong one changes nothing'],
      ),
    )
    .action(async ({ config }: { readonly config: string }) => {
      const settings = await readSettledSettings(cli, config);
      if (!settings.ok) return endInTrouble(cli, settings.error);
      // V8's own measure again (bin/gatewright.js): fewer, larger tidyings serve more requests per second.
      setFlagsFromString('--semi-space-growth-factor=2');
      const acts = await cli.loadActs();
      await stayWith(cli, acts.startGate({ settings: settings.value }), (gate) => {
        cli.terminal.onHangup(() => void reload(cli, gate));
        sayPlaces(cli, placesOf(gate));
      });
    });
}

/** What listens where: names and places. */
export function placesOf(gate: RunningGate): (readonly [name: string, place: string])[] {
  return [
    ...gate.listeners.map(({ name, url, credentials, proxyProtocol }) => {
      const wants = [
        credentials === 'required' ? 'credentials required' : null,
        proxyProtocol ? 'PROXY protocol' : null,
      ].filter((each) => each !== null);
      return [name, wants.length === 0 ? url : `${url}  (${wants.join(', ')})`] as const;
    }),
    ['admin API', gate.adminUrl],
    ['CA certificate', gate.caFile],
    ['record', gate.auditDir],
  ];
}

/** One line each, the places below each other. */
export function sayPlaces(cli: Cli, places: readonly (readonly [name: string, place: string])[]): void {
  const width = Math.max(...places.map(([name]) => name.length));
  for (const [name, place] of places) say(cli, `  ${name.padEnd(width)}  ${place}`);
}

async function reload(cli: Cli, gate: RunningGate): Promise<void> {
  const reloaded = await gate.reload();
  if (reloaded.ok) return warn(cli, `Policy ${reloaded.value.revision} is in force.`);
  const trouble = reloaded.error;
  switch (trouble.kind) {
    case 'invalid': {
      const faults = trouble.faults.map(faultText).join('\n');
      return warn(cli, `The policy was not loaded; the one before stays in force.\n${faults}`);
    }
    case 'failed':
      return warn(cli, `The CA was not read again; the one before stays in use.\n${trouble.message}`);
    default:
      return unreachable(trouble);
  }
}
