// Finds the events of one reference in the files of the record.
// Must not know who asks, nor how the record is written.
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { auditEventSchema } from '../core/record/event-schema.ts';
import type { RecordedEvent } from '../core/record/events.ts';
import { auditFilesIn } from './_audit-folder.ts';

/** At most this many events are returned, the oldest first. */
const FOUND_LIMIT = 500;

/**
 * The events of a connection (`k3f9q2-1a`, with all its requests) or of a request (`k3f9q2-1a.7`, with its connection).
 * Newest files are searched first; lines that are no events are passed over. Null when `reference` is none.
 */
export async function findEvents(dir: string, reference: string): Promise<readonly RecordedEvent[] | null> {
  const found = /^([0-9A-Za-z-]{1,40})(\.[0-9]{1,12})?$/.exec(reference);
  const connection = found?.[1];
  if (connection === undefined) return null;
  const isWanted = (id: string): boolean =>
    id === reference || id === connection || (reference === connection && id.startsWith(`${connection}.`));
  const events: RecordedEvent[] = [];
  // A connection's id begins with the name of its process's stream, and stands in no other.
  const [stream] = connection.split('-');
  const files = auditFilesIn(dir).filter((file) => file.stream === stream);
  for (const { name } of files.toReversed()) {
    const here = await eventsIn(join(dir, name), { needle: `"id":"${connection}`, isWanted });
    events.unshift(...here);
    // A connection that began before midnight stands in two files; more than that is rare, and older days are many.
    if (here.length === 0 && events.length > 0) break;
    if (events.length >= FOUND_LIMIT) break;
  }
  return events.slice(0, FOUND_LIMIT);
}

async function eventsIn(
  file: string,
  wanted: { readonly needle: string; readonly isWanted: (id: string) => boolean },
): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  const input = createReadStream(file);
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  for await (const line of lines) {
    if (!line.includes(wanted.needle)) continue;
    const event = readEvent(line);
    if (event !== null && 'id' in event && wanted.isWanted(event.id)) events.push(event);
    if (events.length >= FOUND_LIMIT) break;
  }
  input.destroy();
  return events;
}

function readEvent(line: string): RecordedEvent | null {
  try {
    const read = auditEventSchema.safeParse(JSON.parse(line));
    return read.success ? read.data : null;
  } catch {
    return null;
  }
}
