// A disk so small that a test can fill it: memory mounted as a file system, where the machine lets us mount.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { afterAll } from 'vitest';
import { temporaryFolder } from './home.ts';

/** A small disk. */
export interface SmallDisk {
  readonly folder: string;
  /** Takes all the room there is left, to the last byte. */
  fill(): void;
  /** Gives it back. */
  free(): void;
}

/** Mounts one until the end of the test file; or says why there is none. To be called at its top. */
export function smallDisk(megabytes: number): SmallDisk | { readonly refused: string } {
  const folder = path.join(temporaryFolder(), 'disk');
  mkdirSync(folder);
  const how = ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'tmpfs', folder];
  const { status, error, stderr } = spawnSync('mount', how, { encoding: 'utf8' });
  if (status !== 0) return { refused: `no file system can be mounted: ${error?.message ?? stderr}` };
  afterAll(() => spawnSync('umount', ['-l', folder]));
  const ballast = path.join(folder, 'ballast');
  return {
    folder,
    fill() {
      const file = openSync(ballast, 'a');
      for (const size of [1_000_000, 1]) whileThereIsRoom(() => writeSync(file, Buffer.alloc(size)) === size);
      closeSync(file);
    },
    free: () => rmSync(ballast),
  };
}

function whileThereIsRoom(write: () => boolean): void {
  try {
    while (write());
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}
