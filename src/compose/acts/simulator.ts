// Opens the simulated GitHub for the command line. Must not know what it serves.
import fs from 'node:fs';
import { join, resolve } from 'node:path';
import type { RunningSimulator, SimulatorOptions } from '../../acts.ts';
import { readRegularFile } from '../../core/base/regular-file.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import { DEFAULT_WORLD } from '../../core/contract/default-world.ts';
import { parseWorld, type World } from '../../core/contract/world.ts';
import { Simulator } from '../../simulator/simulator.ts';
import { systemClock } from '../clock.ts';
import { failed, listenTrouble, thrownTrouble } from '../trouble.ts';

export async function startSimulator(options: SimulatorOptions): Promise<Result<RunningSimulator, Trouble>> {
  const world = readWorld(options.worldFile);
  if (!world.ok) return world;
  const { address, port } = options.listen;
  if (address !== '127.0.0.1') {
    return err(failed(`Cannot listen on ${address}: the simulator plays GitHub, so it stays on 127.0.0.1.`));
  }
  const stateDir = resolve(options.folder);
  try {
    const simulator = await Simulator.start({ world: world.value, stateDir, port, clock: systemClock });
    return ok({
      url: `https://127.0.0.1:${simulator.port}`,
      caFile: join(stateDir, 'simulator', 'ca.pem'),
      broken: new Promise(() => undefined),
      stop: () => simulator.close(),
    });
  } catch (error) {
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : null;
    if (typeof code === 'string' && code.startsWith('EADDR')) {
      return err(listenTrouble({ listener: 'GitHub, simulated', address: `${address}:${port}`, code }));
    }
    return err(thrownTrouble('Cannot start the simulated GitHub', error));
  }
}

function readWorld(file: string | null): Result<World, Trouble> {
  if (file === null) return ok(DEFAULT_WORLD);
  try {
    const read = parseWorld({ text: Buffer.from(readRegularFile(file, fs)).toString(), file });
    return read.ok ? read : err({ kind: 'invalid', faults: read.error });
  } catch (error) {
    return err(thrownTrouble(`Cannot read the world "${file}"`, error));
  }
}
