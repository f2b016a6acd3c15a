// THE ACTS: what a front (command line, admin API, test) can ask for: types only. compose.ts exports `createActs(): Acts`.
// Must not know how any of it is done.
import type { Fault } from './core/base/document.ts';
import type { ReadFile } from './core/base/file-content.ts';
import type { Result } from './core/base/result.ts';
import type { Trouble } from './core/base/trouble.ts';
import type { AllowlistDiff } from './core/policy/compare/allowlist-diff.ts';
import type { Policy } from './core/policy/compile/policy.ts';
import type { PolicyText } from './core/policy/language/policy-files.ts';
import type { KnownListener } from './core/policy/language/unmet-clauses.ts';
import type { RecordedEvent } from './core/record/events.ts';
import type { Settings } from './core/settings/settings.ts';

/** Something that runs until it is stopped. */
export interface Running {
  /** Drains and closes everything; resolves when nothing is left. Asked twice, it waits for the same end. */
  stop(): Promise<void>;
  /** Resolves when it ends without having been asked to, with the reason. */
  readonly broken: Promise<Trouble>;
}

/** One thing that must hold before the gate takes traffic: `policy`, `record`, `listeners`, `ca`, … */
export interface ReadyCheck {
  readonly name: string;
  readonly ok: boolean;
  /** For the administrator; shown only with a token. */
  readonly detail: string;
}

/** The policy in force, and the faults of a newer text that was refused. */
export interface PolicyStatus {
  readonly file: string;
  readonly revision: string;
  readonly text: string;
  /** The texts of the files that it includes, in the order of reading. */
  readonly includes: readonly PolicyText[];
  readonly faults: readonly Fault[];
}

/** Facts of a gate, besides readiness and policy. */
export interface GateStatus {
  readonly version: string;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly connections: number;
  /** The processes that carry the traffic; absent where the main process does. */
  readonly workers?: readonly { readonly [fact: string]: unknown }[];
  readonly listeners: readonly {
    readonly name: string;
    readonly door: 'proxy' | 'socks';
    readonly address: string;
    readonly credentials: 'none' | 'required';
  }[];
}

/** The last comparison with the list that the vendor publishes. */
export interface AllowlistState {
  readonly source: string;
  /** RFC 3339; null before the list was first read. */
  readonly checkedAt: string | null;
  /** Why the last question brought no list; null when it did. */
  readonly failure: string | null;
  readonly drift: boolean;
  readonly diff: AllowlistDiff | null;
}

/** What `gatewright explain` asks, with the names of its options. */
export interface ExplainQuestion {
  /** A URL, or HOST:PORT for the connection alone. */
  readonly url: string;
  readonly user: string | null;
  readonly groups: readonly string[];
  readonly from: string | null;
  readonly device: string | null;
  readonly listener: string | null;
  readonly method: string;
  readonly websocket: boolean;
}

/** What a front can ask of a gate that runs, whoever carries its traffic. */
export interface GateActs {
  /** Any number of checks; cheap, since probes ask every second. */
  readiness(): readonly ReadyCheck[];
  status(): GateStatus;
  policyStatus(): PolicyStatus;
  /**
   * Reads policy and CA again, each on its own; resolves once what was right is in force everywhere. What was wrong
   * changes nothing: an invalid policy is told before a CA that failed.
   */
  reload(): Promise<Result<{ readonly revision: string }, Trouble>>;
  /** Null where the settings do not allow it (`admin.stampSwitch`). */
  readonly stamp: {
    isOn(): boolean;
    /** Resolves once it is switched everywhere. */
    turn(to: 'on' | 'off'): Promise<void>;
  } | null;
  /** Null where the settings ask for none (`allowlist.meta`). */
  readonly allowlist: (() => AllowlistState) | null;
  /** The same answer as `gatewright explain --json`; the error says what is wrong with the question. */
  explain(question: ExplainQuestion): Result<unknown, string>;
  /** The events of a reference, oldest first; null when it cannot be one. */
  findEvents(reference: string): Promise<readonly RecordedEvent[] | null>;
  /** Prometheus text and its media type. */
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>;
  caPem(): string;
}

export interface RunningGate extends Running, GateActs {
  readonly listeners: readonly {
    readonly name: string;
    /** `http://127.0.0.1:3128`, or `socks5://127.0.0.1:1080` */
    readonly url: string;
    readonly credentials: 'none' | 'required';
    readonly proxyProtocol: boolean;
  }[];
  readonly adminUrl: string;
  /** Absolute. */
  readonly caFile: string;
  readonly auditDir: string;
}

/** What a worker is given by the process that it is. */
export interface WorkerSurroundings {
  /** To the main process. */
  say(message: unknown): void;
  readonly log: { readonly isTTY?: boolean; write(line: string): unknown };
}

/** A part of a gate that runs in several processes. */
export interface RunningWorker {
  /** Does what the main process said. Rejects when something happened that nobody expected. */
  hear(message: unknown): Promise<void>;
  stop(): Promise<void>;
  /** Resolves when it has stopped. */
  readonly ended: Promise<void>;
  /** Says why it ends, without secrets. */
  report(error: unknown): void;
}

export interface RunningSimulator extends Running {
  /** `https://127.0.0.1:8443` */
  readonly url: string;
  /** The CA that signed its certificates; absolute. */
  readonly caFile: string;
}

export interface RunningDemo extends Running {
  readonly gate: RunningGate;
  readonly simulator: RunningSimulator;
}

export interface DemoOptions {
  /** State: CA, record, tokens, users, repositories. Made when missing. */
  readonly folder: string;
  readonly policyFile: string;
  /** Port 0 lets the system choose. */
  readonly ports: {
    readonly office: number;
    readonly staff: number;
    readonly balanced: number;
    readonly admin: number;
    readonly simulator: number;
  };
}

export interface SimulatorOptions {
  readonly listen: { readonly address: string; readonly port: number };
  /** Certificates, keys, repositories. Made when missing. */
  readonly folder: string;
  /** Null: the default world. */
  readonly worldFile: string | null;
}

/** One certificate, for a person who compares it. */
export interface CertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  readonly serial: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly key: string;
  readonly sha256: string;
  readonly sha1: string;
  readonly permitted: readonly string[] | null;
  readonly trustedBy: readonly string[];
}

export interface CaFacts {
  readonly dir: string;
  readonly current: CertificateFacts;
  readonly chain: readonly CertificateFacts[];
  readonly next: (CertificateFacts & { readonly activate: string }) | null;
}

/** A CA that was made, and what could be better about it. */
export interface CaMade {
  readonly facts: CaFacts;
  readonly warnings: readonly { readonly code: string; readonly text: string }[];
}

export interface NewCaOptions {
  readonly dir: string;
  readonly permit: readonly string[];
  readonly commonName?: string | undefined;
  /** Days that it is valid. */
  readonly days?: number | undefined;
}

export interface GivenCaOptions {
  readonly dir: string;
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly passphrase?: string | undefined;
}

/** The acts of `gatewright ca`. Nothing of it ever gives the key away. */
export interface CaActs {
  init(options: NewCaOptions): Promise<Result<CaMade, Trouble>>;
  show(dir: string): Promise<Result<CaFacts, Trouble>>;
  export(options: {
    readonly dir: string;
    readonly format: 'pem' | 'der';
    readonly which?: 'current' | 'next' | undefined;
  }): Promise<Result<Uint8Array, Trouble>>;
  import(options: GivenCaOptions): Promise<Result<CaMade, Trouble>>;
  rotate(
    options: NewCaOptions & { readonly activateInDays?: number | undefined },
  ): Promise<Result<CaMade, Trouble>>;
  retire(dir: string): Promise<Result<CaFacts, Trouble>>;
  /** Names and networks that the policy needs and the CA in `dir` may not sign for; none when there is no CA yet. */
  missingPermits(dir: string, policy: Policy): Promise<Result<readonly string[], Trouble>>;
  /** What a CA needs to be permitted for this policy: the default of `ca init`. */
  permitsFor(policy: Policy): readonly string[];
}

/** Where a policy stands. */
export interface PolicyPlace {
  /** As faults name it; a relative name counts from `folder`. */
  readonly file: string;
  /** Absolute. */
  readonly folder: string;
  /** The file's text, when it has been read already. */
  readonly text?: string | undefined;
  /** IANA name; days of the policy end at midnight there. */
  readonly timeZone: string;
  /** Those of the settings, where they are known: a rule that no client of theirs can meet is a fault then. */
  readonly listeners?: readonly KnownListener[] | undefined;
}

/** Files that are watched until `close`. */
export interface FileWatch {
  /**
   * Runs `pass` until the files that it reads have settled, or a limit is over. They are watched from then on, missing
   * ones too, and no others.
   */
  settled<T>(
    pass: (read: ReadFile) => T,
  ): Promise<{ readonly kind: 'settled'; readonly result: T } | { readonly kind: 'unsettled' }>;
  close(): void;
}

/** Where a line of the record stands. */
export interface RecordPlace {
  readonly file: string;
  readonly line: number;
}

/** What a check of a record found; it is whole when there are no faults. */
export interface RecordCheck {
  readonly files: number;
  readonly lines: number;
  readonly streams: readonly {
    readonly stream: string;
    readonly files: readonly string[];
    readonly first: number;
    readonly last: number;
    readonly hash: string | null;
    readonly end: 'closed' | 'open';
    readonly sealedTo: number;
  }[];
  readonly faults: readonly (RecordPlace & { readonly code: string; readonly text: string })[];
  readonly torn: readonly RecordPlace[];
  readonly seals: { readonly right: number; readonly unchecked: number };
}

export interface Acts {
  /** Reads a policy with the files that it includes, as the gate does; `read` gives them, so that a watch notes them. */
  readPolicy(place: PolicyPlace, read?: ReadFile): Result<Policy, Trouble>;
  /** Tells when files that the last pass read have changed; the answer to it is another pass. */
  watchFiles(onChange: () => void): FileWatch;
  /** The paths in the settings count from the file's own folder. A file that cannot be read is a fault too. */
  readSettings(file: string): Result<Settings, readonly Fault[]>;
  /** The same once nobody writes the file, for a gate that stays with what it read. */
  readSettledSettings(file: string): Promise<Result<Settings, readonly Fault[]>>;
  /** Opens what a gate would open besides policy and ports, and closes it again; says the first trouble. */
  checkOpening(settings: Settings): Promise<Result<null, Trouble>>;
  startGate(options: { readonly settings: Settings }): Promise<Result<RunningGate, Trouble>>;
  /** The worker that this process is. */
  startWorker(surroundings: WorkerSurroundings): Promise<RunningWorker>;
  startDemo(options: DemoOptions): Promise<Result<RunningDemo, Trouble>>;
  startSimulator(options: SimulatorOptions): Promise<Result<RunningSimulator, Trouble>>;
  readonly ca: CaActs;
  /** Reads folders and files of a record. A key that is looked for by habit may be missing. */
  verifyRecord(options: {
    readonly paths: readonly string[];
    readonly keyFile: { readonly path: string; readonly asked: 'by-name' | 'by-habit' };
  }): Promise<Result<RecordCheck, Trouble>>;
  /** Adds a user to an htpasswd file or gives a known one a new password; makes the file (0600) when missing. */
  setUser(options: {
    readonly file: string;
    readonly user: string;
    readonly password: string;
  }): Promise<Result<'added' | 'changed', Trouble>>;
  removeUser(options: { readonly file: string; readonly user: string }): Promise<Result<null, Trouble>>;
  listUsers(file: string): Promise<Result<readonly string[], Trouble>>;
}
