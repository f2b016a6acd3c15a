// What is measured: a proxy that intercepts one host, stamps its requests, and passes another host on unseen.
// Types only; must not know any proxy.
import type { Lab } from './lab.ts';
import type { Origin } from './origin.ts';
import type { ProgramName } from './tools.ts';

export interface Contestant {
  /** The main process; its children count. */
  readonly pid: number;
  /** Port of 127.0.0.1. */
  readonly port: number;
  /** `user:password`, where the proxy asks for them. */
  readonly credentials: string | null;
  stop(): Promise<void>;
}

export interface ContestantKind {
  readonly name: string;
  /** What must be installed; null where it is this project. */
  readonly program: ProgramName | null;
  readonly start: (lab: Lab, origin: Origin) => Promise<Contestant>;
}

/** What the stamp says. */
export const ENTERPRISE = '12345';
