// Whether the database has room to write, and the word to whoever runs it when it has not.
// It frees nothing: runs wait by themselves, and go on by themselves.
import type { FastifyBaseLogger } from 'fastify';
import type pg from 'pg';
import type { Sentence } from './settings.ts';

/** PostgreSQL's word for a full disk. */
const DISK_FULL = '53100';
const LOOK_MS = 5_000;

/** Whether an error says that the database's disk is full. */
export const saysFull = (error: unknown): boolean =>
  (error as { readonly code?: unknown }).code === DISK_FULL;

// More than fits into the memory that it is given: the rest goes into a file, about a megabyte, gone with the statement.
// It takes no lock, leaves no row and writes no log. What fits into pages that are there already is possible on a full disk.
const PROBE = `set local work_mem = '64kB'; select count(*) from generate_series(1, 50000)`;

/** Whether the database has room for a little more. @throws when it does not answer */
export async function hasRoom(pool: pg.Pool): Promise<boolean> {
  try {
    await pool.query(PROBE);
    return true;
  } catch (error) {
    if (saysFull(error)) return false;
    throw error;
  }
}

/**
 * Does something, and is back when it is done or when there is no room for it: then it is tried again every few seconds. A disk
 * can be so full that nobody new can even connect, and whoever asks how things are must be told all the same.
 * @throws what else goes wrong the first time
 */
export async function whenThereIsRoom(act: () => Promise<void>): Promise<void> {
  const again = (): void => {
    setTimeout(() => void act().catch(again), LOOK_MS).unref();
  };
  try {
    await act();
  } catch (error) {
    if (!saysFull(error)) throw error;
    again();
  }
}

export const NO_ROOM: Sentence = {
  zh: '数据库所在的磁盘满了：什么都存不进去，运行都在等；腾出空间后会自己继续。',
  en: 'the disk of the database is full: nothing can be saved and runs wait; they go on by themselves when there is room.',
};

const ROOM_AGAIN: Sentence = {
  zh: '数据库又有空间了，运行继续。',
  en: 'the database has room again, and runs go on.',
};

/** Looks now and every few seconds, and says each change once, in the log and to the person at the terminal. */
export async function watchRoom(
  pool: pg.Pool,
  { log, tell }: { readonly log: FastifyBaseLogger; readonly tell: (says: Sentence) => void },
): Promise<{ stop(): void }> {
  let isFull = false;
  const look = async (): Promise<void> => {
    const wasFull = isFull;
    isFull = !(await hasRoom(pool));
    if (isFull === wasFull) return;
    if (isFull) log.error(NO_ROOM.en);
    else log.info(ROOM_AGAIN.en);
    tell(isFull ? NO_ROOM : ROOM_AGAIN);
  };
  // It may be away altogether, which others say.
  const lookOnce = (): Promise<void> => look().catch(() => {});
  await lookOnce();
  const looking = setInterval(() => void lookOnce(), LOOK_MS);
  return { stop: () => clearInterval(looking) };
}
