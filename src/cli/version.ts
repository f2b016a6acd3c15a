// `gatewright version`: which gate, on which Node.
// Must not know any other command.
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { type Cli, examples, say, sayJson } from './cli.ts';
import { EXIT } from './exit-status.ts';

export function versionCommand(cli: Cli): Command {
  return new Command('version')
    .description('say which gate this is, and on which Node it runs')
    .option('--json', 'for a program')
    .addHelpText('after', examples(['gatewright version', 'gatewright 0.1.0, Node 26.10.0']))
    .action((options: { readonly json?: true }) => {
      const version = {
        gatewright: packageVersion(),
        node: process.versions.node,
        openssl: process.versions.openssl,
      };
      if (options.json === true) sayJson(cli, version);
      else say(cli, `gatewright ${version.gatewright}, Node ${version.node}, OpenSSL ${version.openssl}`);
      cli.end(EXIT.fine);
    });
}

/** The version in package.json, which lies two folders above both the source and what is compiled from it. */
export function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  if (typeof manifest !== 'object' || manifest === null || !('version' in manifest)) return 'unknown';
  return String(manifest.version);
}
