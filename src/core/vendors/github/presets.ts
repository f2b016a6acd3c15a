// Named lists of patterns, each row with its purpose, source page and date. `gatewright presets` shows them.
// Must not know how patterns are read or matched.
import { err, ok, type Result } from '../../base/result.ts';
import type { Source } from '../source.ts';
import {
  COPILOT_REPORTS_ROWS,
  COPILOT_ROWS,
  COPILOT_TELEMETRY_ROWS,
  COPILOT_VOICE_ROWS,
} from './_copilot-rows.ts';
import { VISUAL_STUDIO_ROWS, VSCODE_ROWS } from './_editor-rows.ts';
import type { PresetRow } from './_preset-row.ts';
import { GHE_ROWS, GHE_STORAGE_ROWS } from './_residency-rows.ts';
import { SOURCES } from './sources.ts';

export interface PresetEntry {
  /** As a policy would write it: `HOST[:PORT][/PATH]`. */
  readonly pattern: string;
  readonly purpose: string;
  readonly source: Source;
}

export interface Preset {
  /** As the policy names it, with its parameter: `enterprise:octo-corp`. */
  readonly name: string;
  readonly purpose: string;
  readonly use: 'allow' | 'block';
  readonly rows: readonly PresetEntry[];
}

/** Every name a policy may write; a parameter stands in capitals: `enterprise:SLUG`. */
export function presetNames(): readonly string[] {
  return presetTable().map((line) =>
    line.parameter === null ? line.name : `${line.name}:${line.parameter}`,
  );
}

/** The preset of that name, or why there is none; the error is the middle of a sentence. */
export function presetNamed(name: string): Result<Preset, string> {
  const colon = name.indexOf(':');
  const base = colon < 0 ? name : name.slice(0, colon);
  const argument = colon < 0 ? null : name.slice(colon + 1);
  const line = presetTable().find((candidate) => candidate.name === base);
  if (line === undefined) return err('no preset has this name');
  if (line.parameter === null && argument !== null) return err(`the preset ${base} takes no parameter`);
  if (line.parameter !== null && (argument === null || !PARAMETER.test(argument)))
    return err(`the preset ${base} needs a ${line.parameter} of letters, digits and hyphens`);
  return ok(presetOf(line, name, argument));
}

/** Those whose rows are to be blocked; they have no parameters. */
export function presetsToBlock(): readonly Preset[] {
  const lines = presetTable().filter(({ use }) => use === 'block');
  return lines.map((line) => presetOf(line, line.name, null));
}

const PARAMETER = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

interface PresetLine {
  readonly name: string;
  readonly parameter: string | null;
  readonly use: 'allow' | 'block';
  readonly purpose: string;
  readonly rows: readonly PresetRow[];
}

function presetOf(line: PresetLine, name: string, argument: string | null): Preset {
  const rows = line.rows.map(([pattern, purpose, source]) => ({
    pattern: fillIn(pattern, line.parameter, argument),
    purpose,
    source: SOURCES[source],
  }));
  return { name, purpose: line.purpose, use: line.use, rows };
}

function fillIn(pattern: string, parameter: string | null, argument: string | null): string {
  return parameter === null || argument === null ? pattern : pattern.replaceAll(parameter, argument);
}

function presetTable(): readonly PresetLine[] {
  return [
    allow('github', 'The web, the API, git over HTTPS, and assets', GITHUB_ROWS),
    allow('copilot', 'Everything that GitHub documents for Copilot', COPILOT_ROWS),
    allow('copilot-telemetry', 'The telemetry in `copilot`', COPILOT_TELEMETRY_ROWS),
    allow('copilot-voice', 'The voice features in `copilot`', COPILOT_VOICE_ROWS),
    allow('copilot-reports', 'The usage reports in `copilot`', COPILOT_REPORTS_ROWS),
    {
      ...allow('enterprise', "The enterprise's own pages, for single sign-on", ENTERPRISE_ROWS),
      parameter: 'SLUG',
    },
    allow('sign-in', 'What a browser needs to sign in and out of github.com', SIGN_IN_ROWS),
    { ...allow('ghe', 'An enterprise with data residency on GHE.com', GHE_ROWS), parameter: 'SUBDOMAIN' },
    allow('ghe-storage', 'Storage of enterprises on GHE.com, by region', GHE_STORAGE_ROWS),
    allow('vscode', 'Visual Studio Code', VSCODE_ROWS),
    allow('visual-studio', 'Visual Studio', VISUAL_STUDIO_ROWS),
    block(
      'codespaces',
      'Codespaces and the web editor, where the restriction does not work',
      CODESPACES_ROWS,
    ),
    block('ssh', 'git over SSH, where the restriction does not work', SSH_ROWS),
    block('pages', 'GitHub Pages: content that users make, data only', PAGES_ROWS),
    block('dev-tunnels', 'Tunnels from the internet to a developer machine', DEV_TUNNELS_ROWS),
  ];
}

function allow(name: string, purpose: string, rows: readonly PresetRow[]): PresetLine {
  return { name, parameter: null, use: 'allow', purpose, rows };
}

function block(name: string, purpose: string, rows: readonly PresetRow[]): PresetLine {
  return { name, parameter: null, use: 'block', purpose, rows };
}

const GITHUB_ROWS: readonly PresetRow[] = [
  ['github.com', 'The web, and git over HTTPS', 'own'],
  ['*.github.com', 'The API, uploads, gists, documentation', 'own'],
  ['*.githubusercontent.com', 'Raw files, pictures, releases', 'own'],
  ['*.githubassets.com', 'Scripts and styles of the web', 'own'],
  ['ghcr.io', 'The container registry', 'own'],
  ['github-cloud.s3.amazonaws.com', 'Git LFS objects', 'own'],
];

const ENTERPRISE_ROWS: readonly PresetRow[] = [
  ['github.com/enterprises/SLUG/*', 'Signing in as a managed user', 'copilotAllowlist'],
];

const SIGN_IN_ROWS: readonly PresetRow[] = [
  ['github.com/login/*', 'The sign-in page and device codes', 'copilotAllowlist'],
  ['github.com/session', 'Where the sign-in form posts to', 'own'],
  ['github.com/sessions/*', 'Two-factor and single sign-on steps', 'own'],
  ['github.com/logout', 'Signing out', 'own'],
];

const CODESPACES_ROWS: readonly PresetRow[] = [
  ['github.dev', 'The web editor', 'restriction'],
  ['*.github.dev', 'Codespaces', 'own'],
];

const SSH_ROWS: readonly PresetRow[] = [
  ['github.com:22', 'git over SSH', 'restriction'],
  ['*.github.com:22', 'git over SSH', 'own'],
  ['ssh.github.com', 'git over SSH on the HTTPS port', 'ssh'],
];

const PAGES_ROWS: readonly PresetRow[] = [
  ['github.io', 'GitHub Pages', 'restriction'],
  ['*.github.io', 'GitHub Pages', 'own'],
];

const DEV_TUNNELS_ROWS: readonly PresetRow[] = [
  ['*.devtunnels.ms', 'Dev tunnels', 'devTunnels'],
  ['*.rel.tunnels.api.visualstudio.com', 'The relays of dev tunnels', 'devTunnels'],
];
