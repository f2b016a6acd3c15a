// `npm run rules`: the house rules on this tree, one finding per line, exit status 1 when there is one.
// Must not know any rule's inside.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findingsOf } from './rules/all-rules.ts';
import { readTree } from './rules/source-tree.ts';

const findings = findingsOf(readTree(dirname(dirname(fileURLToPath(import.meta.url)))));
for (const finding of findings) console.error(finding);
if (findings.length > 0) process.exitCode = 1;
