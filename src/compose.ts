// THE INTRODUCTIONS: the one door through which the command line reaches the rooms. What each act needs is put
// together in compose/; this file only names the acts.
import type { Acts } from './acts.ts';
import { caActs } from './compose/acts/ca.ts';
import { readPolicy, watchFiles } from './compose/acts/policy.ts';
import { listUsers, removeUser, setUser } from './compose/acts/users.ts';
import { readSettingsFile, readSettledSettings } from './settings/settings-file.ts';

/** Everything the command line can have done for it. */
export function createActs(): Acts {
  return {
    readSettings: (file) => readSettingsFile(file),
    readSettledSettings,
    readPolicy,
    watchFiles,
    // Loaded when they are wanted: a command that only asks the policy need not wait for the data path.
    checkOpening: async (settings) =>
      (await import('./compose/acts/check-opening.ts')).checkOpening(settings),
    startGate: async ({ settings }) => (await import('./compose/gate/gate.ts')).startGate(settings),
    startDemo: async (options) => (await import('./compose/acts/demo.ts')).startDemo(options),
    startSimulator: async (options) => (await import('./compose/acts/simulator.ts')).startSimulator(options),
    startWorker: async (surroundings) =>
      (await import('./compose/gate/worker-in-process.ts')).startWorker(surroundings),
    ca: caActs,
    verifyRecord: async (options) =>
      (await import('./compose/record/verify-record.ts')).verifyRecord(options),
    setUser,
    removeUser,
    listUsers,
  };
}
