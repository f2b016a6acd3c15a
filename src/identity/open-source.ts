// What a source is to the gate that opened it: told what to know, and closed. Types only.
import type { IdentitySource, SourceState } from '../ports.ts';

export interface OpenSource extends IdentitySource {
  /** Knows from here on what the state of its kind says, and forgets the rest. */
  take(state: SourceState): void;
  close(): Promise<void>;
}
