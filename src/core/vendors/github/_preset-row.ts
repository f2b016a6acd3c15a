// The shape of a line in the tables of presets.
import type { SourceName } from './sources.ts';

/** A pattern as policies write it, what it is for, and the page that documents it. */
export type PresetRow = readonly [pattern: string, purpose: string, source: SourceName];
