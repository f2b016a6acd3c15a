// `gatewright simulate`: GitHub's side alone, for a gate or a client that runs elsewhere.
// Must not know how GitHub answers.
import { Command } from 'commander';
import { parseDestination } from '../../core/base/destination.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import { type Cli, endInTrouble, examples } from '../cli.ts';
import { sayPlaces } from '../gate/run.ts';
import { stayWith } from '../gate/running.ts';

interface SimulateOptions {
  readonly listen: string;
  readonly world?: string;
  readonly dir: string;
}

export function simulateCommand(cli: Cli): Command {
  return new Command('simulate')
    .description('run a simulated GitHub')
    .option('--listen <address:port>', 'where', '127.0.0.1:8443')
    .option('--world <file>', 'enterprises, users, repositories and tokens (gatewright schema world)')
    .option('--dir <folder>', 'certificates, keys and repositories', '.gatewright')
    .addHelpText(
      'after',
      examples(
        ['gatewright simulate', 'on 127.0.0.1:8443, with the world of the demo'],
        ['gatewright simulate --listen 127.0.0.1:9443 --world world.yaml', 'your own enterprises and users'],
      ),
    )
    .action(async (options: SimulateOptions) => {
      const listen = listenAddress(options.listen);
      if (!listen.ok) return endInTrouble(cli, listen.error);
      const acts = await cli.loadActs();
      const worldFile = options.world ?? null;
      const starting = acts.startSimulator({ listen: listen.value, folder: options.dir, worldFile });
      await stayWith(cli, starting, ({ url, caFile }) =>
        sayPlaces(cli, [
          ['GitHub, simulated', url],
          ['its CA', caFile],
          ['what it received', `${url}/_simulator/requests`],
        ]),
      );
    });
}

function listenAddress(text: string): Result<{ readonly address: string; readonly port: number }, Trouble> {
  const place = parseDestination(text.replace(/:0$/, ':1'));
  if (place.kind !== 'address') {
    return err({
      kind: 'failed',
      message: `Cannot listen on ${JSON.stringify(text)}: write ADDRESS:PORT, as 127.0.0.1:8443.`,
    });
  }
  // Port 0 is no destination, but here it lets the system choose.
  return ok({ address: place.host, port: text.endsWith(':0') ? 0 : place.port });
}
