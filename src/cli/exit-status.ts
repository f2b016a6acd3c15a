// What a command's exit status says; docs/cli.md has the table.
// Must not know any command.

export const EXIT = {
  /** Forward, splice, equal: all is well. */
  fine: 0,
  /** It could not be done. */
  failure: 1,
  /** The answer is block. */
  block: 2,
  /** The policy, the settings or a test file is invalid. */
  invalid: 3,
  /** What should be equal differs: a policy test failed, or two policies decide differently. */
  differences: 4,
} as const;

/** One of EXIT, or for `exec` whatever the command said. */
export type ExitStatus = number;
