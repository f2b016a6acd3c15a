// What may be shown of an error that nobody expected: its kind, its code, and where it was thrown.
// Must not know who prints it.

/**
 * A few lines for the operator. The message, the cause and all other properties are left out: such an error may hold
 * whatever was in hand when it was thrown, and a password has no shape by which it could be taken out.
 */
export function crashText(error: unknown): string {
  const { name, code, stack } = error instanceof Error ? partsOf(error) : NOTHING_KNOWN;
  const what = [NAME.test(name) ? name : 'Error', ...(CODE.test(code) ? [code] : [])].join(' ');
  const frames = stack.split('\n').filter((line) => FRAME.test(line));
  const where = frames.length > 0 ? frames : ['    (where is not known)'];
  return `Gatewright ends at a fault in its own code: ${what}. Its message is not shown, since it may quote traffic.\n${where.join('\n')}\n`;
}

const NOTHING_KNOWN = { name: '', code: '', stack: '' };
const NAME = /^[A-Za-z]{1,40}$/;
const CODE = /^[A-Z][A-Z0-9_]{1,60}$/;
// A message may have lines that look like frames; a frame names a function and a place in a file.
const FRAME = /^ {4}at (?:async )?(?:[\w.<>#$ [\]]{1,120} \()?(?:file:\/\/\/|node:)[\w./@-]+:\d+:\d+\)?$/;

function partsOf(error: Error): typeof NOTHING_KNOWN {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const stack = typeof error.stack === 'string' ? error.stack : '';
  const message = stack.indexOf(error.message);
  // Behind its message only frames follow.
  const frames = message < 0 ? stack : stack.slice(message + error.message.length);
  return { name: error.name, code, stack: frames };
}
