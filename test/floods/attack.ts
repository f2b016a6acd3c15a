// The attacker's process: runs one flood for a while and prints how much it sent. Started by floods.ts.
// Must not know what the gate makes of it.

import { FLOODS } from './all-floods.ts';
import type { Target } from './flood.ts';

const [name = '', text = '{}'] = process.argv.slice(2);
const target: Target = JSON.parse(text);
const flood = FLOODS.find((each) => each.name === name);
if (flood === undefined) throw new Error(`There is no flood "${name}".`);

// A connection that breaks under an attacker is nothing to it.
process.on('uncaughtException', () => undefined);
let sent = 0;
const endMs = performance.now() + target.seconds * 1_000;
// What does not end by itself is ended with its process.
setTimeout(tell, target.seconds * 1_000 + 500);
await flood.run({
  ...target,
  // Connections end with the process; remembering each would be a flood of its own.
  scope: { after: () => undefined },
  isOver: () => performance.now() >= endMs,
  sent: (count) => {
    sent += count;
  },
});
tell();

function tell(): void {
  console.log(sent);
  process.exit(0);
}
