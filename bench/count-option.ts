// An option of a program that measures: how many, or how long. Must not know of what.
import { InvalidArgumentError } from 'commander';

/** A whole number above 0. */
export function countOption(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('A whole number above 0 is wanted.');
}
