// `gatewright presets`: the named lists that a policy may use, with where each line comes from.
// Must not know how patterns match.
import { Command, Option } from 'commander';
import { nearestSpelling } from '../../core/base/document.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import { type Preset, presetNamed, presetNames } from '../../core/vendors/github/presets.ts';
import { type Cli, endInTrouble, examples, paint, say, sayJson } from '../cli.ts';
import { EXIT } from '../exit-status.ts';

interface PresetsOptions {
  readonly json?: true;
  readonly markdown?: true;
}

export function presetsCommand(cli: Cli): Command {
  return new Command('presets')
    .description('show the lists that `preset:` names, with their sources')
    .argument('[name]', 'one of them; without it, all')
    .option('--json', 'for a program')
    .addOption(new Option('--markdown', 'as a table for a page').conflicts('json'))
    .addHelpText(
      'after',
      examples(
        ['gatewright presets', 'what there is'],
        ['gatewright presets copilot', 'every host of it, what for, and who says so'],
        ['gatewright presets enterprise:octo-corp', 'one with a parameter'],
      ),
    )
    .action((name: string | undefined, options: PresetsOptions) => {
      const presets = name === undefined ? allPresets() : chosen(name);
      if (!presets.ok) return endInTrouble(cli, presets.error);
      if (options.json === true) sayJson(cli, presets.value);
      else if (options.markdown === true)
        for (const line of asMarkdown(presets.value, name === undefined ? 'page' : 'part')) say(cli, line);
      else if (name === undefined) list(cli, presets.value);
      else for (const preset of presets.value) show(cli, preset);
      cli.end(EXIT.fine);
    });
}

function allPresets(): Result<readonly Preset[], Trouble> {
  // A parameter's own name in capitals stands for itself: enterprise:SLUG lists github.com/enterprises/SLUG/*.
  return ok(
    presetNames().flatMap((name) => [presetNamed(name)].flatMap((found) => (found.ok ? [found.value] : []))),
  );
}

function chosen(name: string): Result<readonly Preset[], Trouble> {
  const preset = presetNamed(name);
  if (preset.ok) return ok([preset.value]);
  const near = nearestSpelling(name, presetNames());
  const mend = near === null ? `There are ${presetNames().join(', ')}.` : `Did you mean ${near}?`;
  return err({
    kind: 'failed',
    message: `Cannot show the preset ${JSON.stringify(name)}: ${preset.error}. ${mend}`,
  });
}

function list(cli: Cli, presets: readonly Preset[]): void {
  const width = Math.max(...presets.map(({ name }) => name.length));
  for (const { name, use, purpose, rows } of presets) {
    const count = `${rows.length}`.padStart(3);
    say(cli, `${paint(cli, 'bold', name.padEnd(width))}  to ${use.padEnd(5)} ${count}  ${purpose}`);
  }
}

function show(cli: Cli, { name, use, purpose, rows }: Preset): void {
  say(cli, `${paint(cli, 'bold', name)} (to ${use}): ${purpose}`);
  const sources = [...new Set(rows.map(({ source }) => source))];
  const width = Math.max(...rows.map(({ pattern }) => pattern.length));
  for (const { pattern, purpose: why, source } of rows)
    say(cli, `  [${sources.indexOf(source) + 1}] ${pattern.padEnd(width)}  ${why}`);
  say(cli, 'Sources, and when they were read:');
  for (const [at, { title, date, url }] of sources.entries())
    say(cli, `  [${at + 1}] ${title} (${date})\n      ${url}`);
}

/** A page of its own, docs/presets.md, or the part of it that shows one preset. */
function asMarkdown(presets: readonly Preset[], what: 'page' | 'part'): string[] {
  const parts = presets.map(sectionOf);
  if (what === 'part') return parts.flatMap((part, at) => (at === 0 ? part : ['', ...part]));
  return [...PAGE_HEAD, ...parts.flatMap((part) => ['', ...part])];
}

const PAGE_HEAD: readonly string[] = [
  '# Presets',
  '',
  'The lists that `preset:` names in a [policy](policy.md#presets), row by row: what each row is for, which public page documents it, and on which day a copy of that page was read.',
  '',
  'This page is what `gatewright presets --markdown` prints. `gatewright presets NAME` shows one list, `--json` gives it to programs.',
];

function sectionOf({ name, use, purpose, rows }: Preset): string[] {
  return [
    `## ${name}`,
    '',
    `${purpose}. To ${use}:`,
    '',
    '| pattern | for | page | read on |',
    '|---|---|---|---|',
    ...rows.map(
      ({ pattern, purpose: why, source }) =>
        `| \`${pattern}\` | ${why} | [${source.title}](${source.url.replace(/^docs\//, '')}) | ${source.date} |`,
    ),
  ];
}
