// A change to one line that must not go unnoticed. Types only; must not know how it is planted.

/** A test that must go red: its file, and a text that its name contains. */
export interface RedTest {
  readonly file: string;
  readonly test: string;
}

/** `line` stands exactly once in `file`; `becomes` takes its place and still parses. Paths are relative to the project. */
export interface Mutant {
  /** What the line holds up: ids of docs/requirements.md and docs/found-faults.md. */
  readonly holds: readonly string[];
  readonly file: string;
  readonly line: string;
  readonly becomes: string;
  /** Each of them must go red. */
  readonly red: readonly RedTest[];
}
