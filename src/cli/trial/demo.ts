// `gatewright demo`: a gate and a simulated GitHub on this machine, and four commands that show what the gate does.
// Must not know how either works.
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import type { RunningDemo } from '../../acts.ts';
import { DEFAULT_WORLD } from '../../core/contract/default-world.ts';
import { type Cli, examples, paint, say } from '../cli.ts';
import { placesOf, sayPlaces } from '../gate/run.ts';
import { stayWith } from '../gate/running.ts';

interface DemoFlags {
  readonly dir: string;
  readonly policy?: string;
  readonly freePorts?: true;
}

export function demoCommand(cli: Cli): Command {
  return new Command('demo')
    .description('run a gate and a simulated GitHub on this machine')
    .option('--dir <folder>', 'where its state lies', '.gatewright')
    .option('--policy <file>', "another policy than the demo's own")
    .option('--free-ports', 'listen wherever a port is free')
    .addHelpText(
      'after',
      examples(
        ['gatewright demo', 'gate on 3128, 3130 and 3131, admin API on 3129, GitHub on 8443'],
        ['gatewright demo --policy policy.yaml', 'try a policy of your own'],
        ['gatewright demo --free-ports', 'beside something that has these ports'],
      ),
    )
    .action(async (flags: DemoFlags) => {
      const acts = await cli.loadActs();
      const starting = acts.startDemo({
        folder: flags.dir,
        policyFile: flags.policy ?? DEMO_POLICY,
        ports: flags.freePorts === true ? FREE_PORTS : DEMO_PORTS,
      });
      await stayWith(cli, starting, (demo) => tell(cli, demo));
    });
}

const DEMO_POLICY = fileURLToPath(new URL('../../../examples/demo.policy.yaml', import.meta.url));
const DEMO_PORTS = { office: 3128, staff: 3130, balanced: 3131, admin: 3129, simulator: 8443 };
const FREE_PORTS = { office: 0, staff: 0, balanced: 0, admin: 0, simulator: 0 };

function tell(cli: Cli, { gate, simulator }: RunningDemo): void {
  say(cli, paint(cli, 'bold', 'A gate, and a simulated GitHub behind it:'));
  sayPlaces(cli, [...placesOf(gate), ['GitHub, simulated', simulator.url]]);
  say(cli);
  say(cli, paint(cli, 'bold', 'Paste these into another terminal, in this folder:'));
  say(cli, '(curl -i shows first how the gate answers its CONNECT: HTTP/1.1 200.)');
  for (const { what, command, answer } of tries(cli, gate)) {
    say(cli);
    say(cli, paint(cli, 'dim', `# ${what}`));
    say(cli, command);
    say(cli, paint(cli, 'green', `# → ${answer}`));
  }
  say(cli);
  const self = cli.terminal.env['npm_lifecycle_event'] === 'start' ? 'npm start --' : 'gatewright';
  say(
    cli,
    `${self} walkthrough plays GitHub's page on the restriction, scene by scene. ${self} stamp off switches the stamp off.`,
  );
  say(cli, 'Ctrl-C stops all.');
}

interface Try {
  readonly what: string;
  readonly command: string;
  readonly answer: string;
}

// The tokens and people are those of the simulator's default world and of the demo policy.
function tries(cli: Cli, gate: RunningDemo['gate']): readonly Try[] {
  const office = gate.listeners.find(({ name }) => name === 'office')?.url ?? '';
  const staff = gate.listeners.find(({ name }) => name === 'staff')?.url ?? '';
  const ca = shellWord(relative(cli.terminal.cwd, gate.caFile));
  const curl = (proxy: string, rest: string): string => `curl -i -x ${proxy} --cacert ${ca} ${rest}`;
  const as = (token: string): string => `-H 'Authorization: Bearer ${token}' https://api.github.com/user`;
  return [
    {
      what: "An outsider's own token: the gate stamps the request, and GitHub refuses it.",
      command: curl(office, as(classicTokenOf('monalisa'))),
      answer: 'HTTP 403 from GitHub: the account is not of the enterprise octo-corp',
    },
    {
      what: "A member's token: stamped alike, and GitHub answers.",
      command: curl(office, as(classicTokenOf('mona_octo'))),
      answer: 'HTTP 200, and {"login":"mona_octo", …}',
    },
    {
      what: 'carol is exempt: the same outsider token passes without the stamp.',
      command: curl(staff.replace('http://', 'http://carol:carol-demo@'), as(classicTokenOf('monalisa'))),
      answer: 'HTTP 200, and {"login":"monalisa", …}',
    },
    {
      what: 'Codespaces are blocked for everyone; the gate itself says so.',
      command: curl(office, 'https://github.dev/'),
      answer: 'HTTP 403 from the gate: rule "codespaces", with a reference into the record',
    },
  ];
}

// A folder's name may have blanks; what is printed is to be pasted.
function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function classicTokenOf(login: string): string {
  const entry = DEFAULT_WORLD.tokens.find(({ token, user }) => user === login && token.startsWith('ghp_'));
  return entry?.token ?? '';
}
