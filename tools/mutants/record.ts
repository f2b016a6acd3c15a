// Lines of the record and its metrics that hold something up, each with a change to it and the tests that must notice.
// Must not know how a mutant is planted.
import type { Mutant, RedTest } from './mutant.ts';

const ends = (test: string): readonly RedTest[] => [{ file: 'test/journeys/record-ends.test.ts', test }];
const down = (test: string): readonly RedTest[] => [{ file: 'test/faults/record-down.test.ts', test }];
const disk = (test: string): readonly RedTest[] => [{ file: 'src/sinks/audit-file-disk.test.ts', test }];
const written = (test: string): readonly RedTest[] => [{ file: 'src/sinks/audit-file.test.ts', test }];
const verified = (test: string): readonly RedTest[] => [{ file: 'src/sinks/audit-verify.test.ts', test }];
const reported = (test: string): readonly RedTest[] => [{ file: 'src/cli/record/report.test.ts', test }];
const METRICS: readonly RedTest[] = [{ file: 'test/journeys/record-metrics.test.ts', test: 'R-69 C4' }];

const ENDS: readonly Mutant[] = [
  {
    holds: ['R-68', 'C3'],
    file: 'src/gateway/visit.ts',
    line: 'return { listener: this.listener.name, client, destination: this.destination };',
    becomes: 'return { listener: this.listener.name, client, destination: null };',
    red: ends('R-68 C3 a wrong password for plain HTTP'),
  },
  {
    holds: ['R-68', 'C3'],
    file: 'src/gateway/visit.ts',
    line: 'const client = { address, port, user: this.user,',
    becomes: 'const client = { address, port, user: null,',
    red: ends('R-68 C3 a spoilt head inside the tunnel of a user'),
  },
  {
    holds: ['R-68', 'C3'],
    file: 'src/gateway/door/challenge.ts',
    line: '  record.finish(failure);\n',
    becomes: '',
    red: ends('R-68 C3 each wrong password'),
  },
  {
    holds: ['R-68', 'C3'],
    file: 'src/gateway/visit.ts',
    line: 'failure !== null && failure.code !== this.#told',
    becomes: 'failure !== null',
    red: ends('R-68 C3 a bad request at the proxy port is one line'),
  },
  {
    holds: ['R-68', 'C3'],
    file: 'src/core/record/record-report.ts',
    line: 'address === null ? decided?.person : personOf({ user: outcome.user, address })',
    becomes: 'decided?.person',
    red: [{ file: 'src/core/record/record-report.test.ts', test: 'R-68 C3' }],
  },
  {
    holds: ['C5'],
    file: 'src/gateway/request/delivery.ts',
    line: 'this.#hasEnded || this.#passed === this.#announced',
    becomes: 'this.#hasEnded',
    red: [{ file: 'src/gateway/request/delivery.test.ts', test: 'after all that was announced' }],
  },
  {
    holds: ['C5'],
    file: 'src/gateway/request/delivery.ts',
    line: ' && this.#left === this.#passed',
    becomes: '',
    red: [{ file: 'src/gateway/request/delivery.test.ts', test: 'after bytes that wait' }],
  },
  {
    holds: ['C5'],
    file: 'src/gateway/http2/forward-http2.ts',
    line: 'const gone = this.#delivery.isWhole ? null : ',
    becomes: 'const gone = ',
    red: [
      { file: 'test/journeys/client-leaves.test.ts', test: 'C5 over HTTP/2 is no failure, however it goes' },
    ],
  },
  {
    holds: ['C5'],
    file: 'src/gateway/relay/pump.ts',
    line: 'isDone = from.writableLength === 0;',
    becomes: '',
    red: [{ file: 'src/gateway/relay/pump.test.ts', test: 'C5 is over without a failure' }],
  },
  {
    holds: ['C6'],
    file: 'src/gateway/visit.ts',
    line: 'user: this.user, userAgent: this.#userAgent };',
    becomes: 'user: this.user, userAgent: null };',
    red: ends('C6 is in the record with the program'),
  },
  {
    holds: ['C6'],
    file: 'src/sinks/leaf-refusals.ts',
    line: 'if (toldMs !== undefined && now - toldMs < HOUR_MS) return;',
    becomes: '',
    red: [{ file: 'src/sinks/leaf-refusals.test.ts', test: 'once an hour' }],
  },
  {
    holds: ['C6'],
    file: 'src/compose/gate/crew-watch.ts',
    line: "if (message.kind === 'leaf-refused') this.#refusals.leafRefused(message.refusal);",
    becomes: '',
    red: ends('C6 is one line for the operator'),
  },
];

const COUNTS: readonly Mutant[] = [
  {
    holds: ['R-69', 'C4'],
    file: 'src/gateway/tell.ts',
    line: 'metrics.moved(bytesIn, bytesOut);',
    becomes: '',
    red: METRICS,
  },
  {
    holds: ['R-69', 'C4'],
    file: 'src/gateway/tell.ts',
    line: "if (stage === 'request' || by !== null)",
    becomes: "if (stage === 'request')",
    red: METRICS,
  },
  {
    holds: ['R-69', 'C4'],
    file: 'src/gateway/tell.ts',
    line: "if (stage === 'request') metrics.took",
    becomes: 'metrics.took',
    red: METRICS,
  },
  {
    holds: ['R-69', 'C4'],
    file: 'src/gateway/door/challenge.ts',
    line: "if (failure.side === 'client') visit.context.metrics.challenged(visit.listener.name);",
    becomes: '',
    red: METRICS,
  },
];

const KEPT: readonly Mutant[] = [
  {
    holds: ['R-12'],
    file: 'src/core/vendors/github/enterprise-answer.ts',
    line: "REFUSED.test(bodyText) ? 'refused' : null",
    becomes: 'null',
    red: [{ file: 'src/core/vendors/github/github.test.ts', test: 'the web refusal in HTML' }],
  },
  {
    holds: ['R-46'],
    file: 'src/sinks/audit-file.ts',
    line: "if (event.kind !== 'outcome') return this.#flush(json);",
    becomes: '',
    red: written('R-46 write() returns true when the line is in the kernel'),
  },
  {
    holds: ['R-46', 'E15'],
    file: 'src/sinks/audit-file.ts',
    line: 'this.#options.fsyncMs > 0 || this.#syncNow(open)',
    becomes: 'true',
    red: disk('R-46 with an interval of 0 a line is on the disk'),
  },
  {
    holds: ['R-48', 'E15'],
    file: 'src/sinks/audit-file.ts',
    line: "text.lastIndexOf('\\n', written - 1)",
    becomes: "text.lastIndexOf('\\n', written)",
    red: disk('R-48 a line whose newline alone did not arrive'),
  },
  {
    holds: ['R-47', 'E15'],
    file: 'src/sinks/audit-file.ts',
    line: 'if (this.#heldLength + json.length > HELD_LIMIT) {',
    becomes: 'if (this.#heldLength > HELD_LIMIT * HELD_LIMIT) {',
    red: disk('R-47 outcomes are held up to 8 MiB'),
  },
  {
    holds: ['R-47', 'E15'],
    file: 'src/sinks/audit-file.ts',
    line: 'const HELD_LIMIT = 8 * 1024 * 1024;',
    becomes: 'const HELD_LIMIT = 8 * 1024 * 1023;',
    red: disk('R-47 outcomes are held up to 8 MiB'),
  },
  {
    holds: ['R-47'],
    file: 'src/sinks/audit-file.ts',
    line: '    this.#fail(error);\n    return false;',
    becomes: '    this.#fail(error);\n    return true;',
    red: disk('R-48 a line whose newline alone did not arrive'),
  },
  {
    holds: ['R-47'],
    file: 'src/sinks/audit-file.ts',
    line: '    if (json !== null) this.#refused += 1;\n    return false;',
    becomes: '    return true;',
    red: written('R-47 write() returns false while the disk is full'),
  },
  {
    holds: ['R-48'],
    file: 'src/sinks/_audit-folder.ts',
    line: 'if (stats.isFile()) setTornLineAside(fd, path, stats.size);',
    becomes: '',
    red: written('R-48 AuditFile sets aside'),
  },
  {
    holds: ['R-49'],
    file: 'src/core/record/event-line.ts',
    line: 'return UNPRINTABLE.test(text) ? text.replace(EVERY_UNPRINTABLE, unicodeEscape) : text;',
    becomes: 'return text;',
    red: [{ file: 'src/core/record/event-line.test.ts', test: 'R-49 eventLine() is one line' }],
  },
  {
    holds: ['R-51'],
    file: 'src/sinks/audit-file.ts',
    line: 'if (into < 0 || into >= DAY_MS) return this.#rotate();',
    becomes: '',
    red: written('R-51 write() begins a file for each UTC day'),
  },
  {
    holds: ['R-51'],
    file: 'src/sinks/_audit-folder.ts',
    line: 'if (!(nowMs - end > keepMs)) return false;',
    becomes: '',
    red: written('R-51 files past their keep are removed'),
  },
  {
    holds: ['E7'],
    file: 'src/sinks/audit-verify.ts',
    line: 'if (seq < report.first) return false;',
    becomes: 'if (seq <= report.first) return false;',
    red: verified('R-51 verifyRecord() knows a stream of one line'),
  },
  {
    holds: ['E7'],
    file: 'src/sinks/audit-verify.ts',
    line: 'if (agrees) this.#sealedTo',
    becomes: 'this.#sealedTo',
    red: verified('R-51 verifyRecord() claims no seal'),
  },
  {
    holds: ['R-47', 'R-56', 'E3'],
    file: 'src/gateway/connection.ts',
    line: 'if (!visit.recordDecision(facts, decision)) {',
    becomes: "if (!visit.recordDecision(facts, decision) && decision.kind !== 'splice') {",
    red: down('R-47, R-56 a splice'),
  },
  {
    holds: ['R-56'],
    file: 'src/gateway/request/admit.ts',
    line: 'if (!record.decide(facts.connection, words, recorded(decision))) return',
    becomes: 'if (!record.decide(facts.connection, words, recorded(decision)) && 1 > 2) return',
    red: down('R-47, R-56 a request over HTTP/1.1'),
  },
];

const READ: readonly Mutant[] = [
  {
    holds: ['C9'],
    file: 'docs/record.md',
    line: 'setpath([$e.id, "said"]; "refused")',
    becomes: '.',
    red: [{ file: 'test/journeys/record-recipes.test.ts', test: 'C9 the recipe for whom GitHub refused' }],
  },
  {
    holds: ['C9'],
    file: 'src/core/record/record-filter.ts',
    line: "if (decided !== undefined) return decided === 'wanted';",
    becomes: '',
    red: reported('C9 sums up the same part'),
  },
  {
    holds: ['C9'],
    file: 'src/core/record/record-filter.ts',
    line: 'return named === wanted || bare === wanted;',
    becomes: 'return named.includes(wanted);',
    red: reported('C9 lists the rows of --host github.com'),
  },
  {
    holds: ['C9'],
    file: 'src/core/record/record-rows.ts',
    line: '    for (const decision of this.#waiting.values()) this.#tell({ decision, outcome: null });\n',
    becomes: '',
    red: reported('C9 lists the rows of all'),
  },
  {
    holds: ['C9'],
    file: 'src/cli/record/_moment.ts',
    line: "if (said === 'yesterday' || said === 'last day') return today - DAY_MS;",
    becomes: '',
    red: [{ file: 'src/cli/record/_moment.test.ts', test: 'C9 parseMoment() reads "Yesterday"' }],
  },
];

export const recordMutants: readonly Mutant[] = [...ENDS, ...COUNTS, ...KEPT, ...READ];
