// `gatewright world`: is a world for the simulated GitHub right, and what is in it?
// Must not know how GitHub answers in it.
import { Command } from 'commander';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import { parseWorld, type World } from '../../core/contract/world.ts';
import { type Cli, endInTrouble, examples, faultLine, say, sayJson } from '../cli.ts';
import { EXIT } from '../exit-status.ts';
import { readText } from '../files.ts';

interface WorldOptions {
  readonly json?: true;
}

export function worldCommand(cli: Cli): Command {
  return new Command('world')
    .description('worlds of the simulated GitHub')
    .addCommand(checkWorldCommand(cli));
}

function checkWorldCommand(cli: Cli): Command {
  return new Command('check')
    .description('check a world, and say what is in it')
    .argument('<file>', 'enterprises, users, repositories and tokens (gatewright schema world)')
    .option('--json', 'for a program')
    .addHelpText(
      'after',
      examples(
        ['gatewright world check world.yaml', 'faults with line and column; 3 when there is one'],
        ['gatewright world check world.yaml --json', 'in a build'],
      ),
    )
    .action((file: string, options: WorldOptions) => {
      const world = readWorld(cli, file);
      if (options.json === true) return endInJson(cli, file, world);
      if (!world.ok) return endInTrouble(cli, world.error);
      say(cli, `${file}: right`);
      for (const [part, text] of summary(world.value)) say(cli, `  ${part.padEnd(PART_WIDTH)}${text}`);
      cli.end(EXIT.fine);
    });
}

const PART_WIDTH = 15;

function readWorld(cli: Cli, file: string): Result<World, Trouble> {
  const source = readText(cli, file, 'the world');
  if (!source.ok) return source;
  const parsed = parseWorld(source.value);
  return parsed.ok ? ok(parsed.value) : err({ kind: 'invalid', faults: parsed.error });
}

function summary(world: World): readonly (readonly [part: string, text: string])[] {
  const { enterprises, organizations, users, repositories, tokens, installations } = world;
  const several = world.multipleEnterprises === 'allow' ? '1 to 20 in one header' : 'one in one header';
  return [
    [
      'enterprises',
      listed(
        enterprises.map((one) => `${one.slug} (${one.id}${mark(one)})`),
        several,
      ),
    ],
    ['organizations', listed(organizations.map((one) => withOwner(one.login, one.enterprise)))],
    ['users', listed(users.map((one) => withOwner(one.login, one.enterprise)))],
    ['repositories', listed(repositories.map((one) => `${one.name} (${one.visibility})`))],
    // Tokens are secrets even here: a world may be made of real ones by mistake.
    ['tokens', String(tokens.length)],
    ['installations', listed(installations.map((one) => `${one.app} on ${one.organization}`))],
  ];
}

function mark({ restrictions }: World['enterprises'][number]): string {
  return restrictions === 'enabled' ? '' : ', restrictions disabled';
}

function withOwner(login: string, enterprise: string | null): string {
  return `${login} (${enterprise ?? 'of no enterprise'})`;
}

function listed(names: readonly string[], more: string | null = null): string {
  if (names.length === 0) return 'none';
  return `${names.length}: ${names.join(', ')}${more === null ? '' : `; ${more}`}`;
}

function endInJson(cli: Cli, file: string, world: Result<World, Trouble>): void {
  if (world.ok) {
    const { multipleEnterprises, ...lists } = world.value;
    const counts = Object.fromEntries(Object.entries(lists).map(([part, list]) => [part, list.length]));
    sayJson(cli, { valid: true, faults: [], file, multipleEnterprises, counts });
    cli.end(EXIT.fine);
    return;
  }
  if (world.error.kind === 'failed') {
    endInTrouble(cli, world.error);
    return;
  }
  const faults = world.error.faults.map((fault) => ({ ...fault, text: faultLine(fault) }));
  sayJson(cli, { valid: false, faults, file });
  cli.end(EXIT.invalid);
}
