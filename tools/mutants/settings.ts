// Lines of settings, reload and processes that hold something up, each with a change to it and the tests that must notice.
// Must not know how a mutant is planted.
import type { Mutant, RedTest } from './mutant.ts';

const FILES = 'src/settings/watched-files.ts';
const files = (test: string): readonly RedTest[] => [{ file: 'src/settings/watched-files.test.ts', test }];
const policyFile = (test: string): readonly RedTest[] => [{ file: 'src/settings/policy-file.test.ts', test }];
const admin = (test: string): readonly RedTest[] => [{ file: 'src/admin/admin-server.test.ts', test }];
const opening = (test: string): readonly RedTest[] => [
  { file: 'src/compose/acts/check-opening.test.ts', test },
];
const ENDS = 'src/gateway/exemption-ends.test.ts';

export const settingsMutants: readonly Mutant[] = [
  {
    holds: ['R-65', 'A2'],
    file: FILES,
    line: 'const changed = [...seen].find(([file, before]) => !isSame(before, again.get(file)));',
    becomes: 'const changed: [string] | undefined = undefined;',
    red: files('A2 settled() takes what two reads a settle time apart'),
  },
  {
    holds: ['R-65', 'A2'],
    file: FILES,
    line: 'a.signature === b.signature && ',
    becomes: '',
    red: files('A2 settled() sees a rewrite with the same bytes'),
  },
  {
    holds: ['R-65', 'A2'],
    file: FILES,
    line: "if (event === 'change') this.#told.set(file, 'written');",
    becomes: "if (event === 'change') this.#told.set(file, 'moved');",
    red: files('A2 settled() waits for a file that is written on after its rename'),
  },
  {
    holds: ['R-65', 'A2'],
    file: FILES,
    line: 'return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === false;',
    becomes: 'return true;',
    red: files('A2 settled() waits for a link'),
  },
  {
    holds: ['R-65', 'A2'],
    file: FILES,
    line: 'return this.#arrivals.isWhole(file, now.content) ? Math.min(ARRIVAL_MS, settleMs) : settleMs;',
    becomes: 'return settleMs;',
    red: files('A2 settled() takes what was renamed'),
  },
  {
    holds: ['R-65', 'A2'],
    file: FILES,
    line: 'if (before === undefined && now.ageMs >= settleMs) return 0;',
    becomes: 'if (before === undefined) return 0;',
    red: files('A2 settled() starts at once with files that nobody has touched'),
  },
  {
    holds: ['R-65', 'A2'],
    file: 'src/settings/policy-file.ts',
    line: 'this.#reading ??= this.#reload()',
    becomes: 'this.#reading = this.#reload()',
    red: policyFile('A2 reload() asked for in the middle of a write'),
  },
  {
    holds: ['R-65', 'A2'],
    file: 'src/settings/watched-file.ts',
    line: "settled.kind === 'settled' ? settled.result : { kind: 'unreadable', code: 'UNSETTLED' };",
    becomes: "settled.kind === 'settled' ? settled.result : { kind: 'text', text: '' };",
    red: [{ file: 'src/settings/watched-file.test.ts', test: 'A2 WatchedFile gives no content' }],
  },
  {
    holds: ['R-65', 'A2'],
    file: 'src/cli/allowlist/_replace-files.ts',
    line: '  writeFileSync(draft, before);\n  keepOwner(draft, target);\n  renameSync(draft, target);',
    becomes: '  writeFileSync(target, before);',
    red: [
      { file: 'src/cli/allowlist/_replace-files.test.ts', test: 'A2 replaceFiles() writes no file in place' },
    ],
  },
  {
    holds: ['R-65', 'A3'],
    file: FILES,
    line: "if (seen.content.kind === 'unreadable') return !isSame(this.#see(file), seen);",
    becomes: '',
    red: files('A3 WatchedFiles tries again'),
  },
  {
    holds: ['R-60', 'A3'],
    file: 'src/admin/admin-server.ts',
    line: 'limitConnections(app.server, CONNECTION_LIMIT);',
    becomes: '',
    red: admin('A3 the admin API holds 64 connections'),
  },
  {
    holds: ['R-60', 'A3'],
    file: 'src/admin/_connections.ts',
    line: 'const [oldest = socket] = idle;',
    becomes: 'const oldest = socket;',
    red: admin('A3 the admin API holds 64 connections'),
  },
  {
    holds: ['R-60', 'A3'],
    file: 'src/admin/admin-server.ts',
    line: 'bodyLimit: BODY_LIMIT,',
    becomes: '',
    red: admin('A3 the admin API refuses a body over its limit'),
  },
  {
    holds: ['R-60', 'E16'],
    file: 'src/admin/admin-server.ts',
    line: 'await gate.stamp.turn(order.data.stamp);',
    becomes: 'void gate.stamp.turn(order.data.stamp);',
    red: admin('POST /api/v1/stamp is answered once the stamp is switched everywhere'),
  },
  {
    holds: ['R-52', 'E6'],
    file: 'src/gateway/exemption-ends.ts',
    line: 'this.#unwatch = policy.onChange(() => {\n      this.#nextMs = this.#next();',
    becomes: 'this.#unwatch = policy.onChange(() => {',
    red: [
      { file: ENDS, test: 'the end that a reload brings, where the policy before has none' },
      { file: ENDS, test: 'the end that a reload brings, where the policy before has a later one' },
    ],
  },
  {
    holds: ['R-52'],
    file: 'src/settings/policy-file.ts',
    line: 'if (!read.ok) return this.#refuse(read.error.faults);',
    becomes: 'if (!read.ok) return ok(this.#current.policy);',
    red: policyFile('R-52 an invalid policy changes nothing and is reported'),
  },
  {
    holds: ['R-53'],
    file: 'src/crew/worker-process.ts',
    line: "if (this.#isStuck) return { cause: 'stuck', detail: 'SIGKILL' };",
    becomes: '',
    red: [{ file: 'src/crew/crew.test.ts', test: 'R-53 WorkerProcess kills a worker that says nothing' }],
  },
  {
    holds: ['R-53'],
    file: 'src/crew/worker-process.ts',
    line: '#heard(message: FromWorker): void {\n    this.#silentTicks = 0;',
    becomes: '#heard(message: FromWorker): void {',
    red: [{ file: 'src/crew/crew.test.ts', test: 'R-53 WorkerProcess kills a worker that says nothing' }],
  },
  {
    holds: ['R-53'],
    file: 'src/crew/crew.ts',
    line: 'return shortLives < 3 ? 0 :',
    becomes: 'return shortLives < 1 ? 0 :',
    red: [{ file: 'src/crew/crew.test.ts', test: 'R-53 backOffMs()' }],
  },
  {
    holds: ['R-55'],
    file: 'src/cli/gate/worker.ts',
    line: "process.on('uncaughtException', crash);",
    becomes: "process.on('uncaughtException', (error) => worker.report(error));",
    red: [{ file: 'test/faults/worker-processes.test.ts', test: 'R-55 an exception that nobody catches' }],
  },
  {
    holds: ['R-58'],
    file: 'bin/gatewright.js',
    line: 'if (unsafe !== undefined) {',
    becomes: 'if (unsafe === null) {',
    red: [
      { file: 'test/journeys/node-version.test.ts', test: 'R-58 gatewright refuses --insecure-http-parser' },
    ],
  },
  {
    holds: ['R-58'],
    file: 'bin/_pinned-node.js',
    line: 'if (parts === null) return false;',
    becomes: 'return true;',
    red: [{ file: 'test/journeys/node-version.test.ts', test: 'R-58 gatewright re-executes itself' }],
  },
  {
    // A folder that only root could use.
    holds: ['R-59'],
    file: 'src/sinks/audit-folder-check.ts',
    line: '{ mode: 0o700 }',
    becomes: '{ mode: 0o000 }',
    red: [{ file: 'test/journeys/demo-command.test.ts', test: 'R-59 gatewright demo runs' }],
  },
  {
    holds: ['R-52'],
    file: 'src/compose/gate/gate.ts',
    line: 'sources.follow((states) => void crew.change({ sources: states }));',
    becomes: '',
    red: [{ file: 'test/journeys/acts.test.ts', test: 'a change of the users' }],
  },
  {
    holds: ['R-52'],
    file: 'src/compose/gate/gate.ts',
    line: ': crew.change({ authority: taken }))',
    becomes: ': crew.settled())',
    red: [{ file: 'test/journeys/acts.test.ts', test: 'reload of a CA that is being followed' }],
  },
  {
    holds: ['R-70', 'C2'],
    file: 'src/compose/acts/check-opening.ts',
    line: 'if (!authority.ok) return authority;',
    becomes: '',
    red: [
      ...opening('refuses what run refuses: no CA'),
      ...opening('refuses what run refuses: a CA key for all to read'),
    ],
  },
  {
    holds: ['R-70', 'C2'],
    file: 'src/compose/acts/check-opening.ts',
    line: 'if (!users.ok) return users;',
    becomes: '',
    red: opening('refuses what run refuses: no users'),
  },
  {
    holds: ['R-70', 'C2'],
    file: 'src/compose/gate/roots.ts',
    line: 'if (fault !== null) {',
    becomes: 'if (fault === null && pem.length > 1e9) {',
    red: opening('refuses what run refuses: one broken root among good ones'),
  },
  {
    holds: ['R-70', 'C2'],
    file: 'src/core/settings/told-apart.ts',
    line: 'isSettings = map.items.some(({ key }) => SETTINGS_KEYS.has(String(key)));',
    becomes: 'isSettings = /^listeners\\s*:/m.test(text);',
    red: [
      { file: 'src/core/settings/told-apart.test.ts', test: 'C2 looksLikeSettings() knows JSON on one line' },
    ],
  },
  {
    holds: ['C10'],
    file: 'src/core/base/_schema-findings.ts',
    line: 'text.length > MAX_WORD ?',
    becomes: "text === '' ?",
    red: [{ file: 'src/cli/policy/check.test.ts', test: 'C10 check of a token or a key' }],
  },
  {
    holds: ['C11'],
    file: 'src/core/base/regular-file.ts',
    line: 'if (kind.isFile()) return null;',
    becomes: 'if (!kind.isDirectory()) return null;',
    red: [
      {
        file: 'src/core/base/regular-file.test.ts',
        test: 'C11 readRegularFile() refuses a pipe with a writer',
      },
    ],
  },
  {
    holds: ['C11'],
    file: 'src/core/base/make-folder.ts',
    line: "if (code === 'ENOENT') return 'no-parent';",
    becomes: '',
    red: [{ file: 'src/core/base/make-folder.test.ts', test: 'makeFolder() makes what is missing' }],
  },
  {
    holds: ['C11'],
    file: 'src/sinks/folder-lock.ts',
    line: 'BEGIN EXCLUSIVE',
    becomes: '',
    red: [
      { file: 'src/sinks/folder-lock.test.ts', test: 'C11 lockFolder() lets one have the folder' },
      ...opening('C11 two gates do not open on one folder'),
    ],
  },
];
