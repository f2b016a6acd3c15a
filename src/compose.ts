// THE INTRODUCTIONS: the one door through which the command line reaches the rooms. What each act needs is put
// together in compose/; this file only names the acts.
import type { Shell } from './cli/shell.ts';
import { caShell } from './compose/ca.ts';
import { startDemo } from './compose/demo.ts';
import { startGate } from './compose/gate.ts';
import { startSimulator } from './compose/simulator.ts';
import { listUsers, removeUser, setUser } from './compose/users.ts';
import { readSettingsFile } from './settings/settings-file.ts';

/** Everything the command line can have done for it. */
export function createShell(): Shell {
  return {
    readSettings: readSettingsFile,
    startGate: ({ settings }) => startGate(settings),
    startDemo,
    startSimulator,
    ca: caShell,
    setUser,
    removeUser,
    listUsers,
  };
}
