// Who does the work of a take on which day, when so many people share a role. Pure; not how the page shows it.
import { grouped } from '../grouped.ts';
import { dayOf, workOf, type Work } from './sheet.ts';
import type { Take } from './take.ts';

/** What each person of a role has to do on each day; the days without work are there too. */
export interface Load {
  readonly first: number;
  readonly days: number;
  readonly people: readonly {
    readonly role: string;
    /** From 0. */
    readonly person: number;
    readonly tasks: readonly (readonly Work[])[];
  }[];
}

/** How many people share a role; one where nothing is said. */
export type Staff = Readonly<Record<string, number>>;

/** The most days that are shown side by side. */
const MOST_DAYS = 120;

/** Work by person and day. Each piece goes to whoever of its role has least to do on that day, and then in all. */
export function loadOf(take: Take, staff: Staff = {}): Load {
  const first = dayOf(take.started, take.zone);
  const days = Math.min(MOST_DAYS, dayOf(take.ended, take.zone) - first + 1);
  const people = [...grouped(workOf(take), ({ role }) => role)].flatMap(([role, own]) =>
    shared(own, staff[role] ?? 1).map((mine, person) => {
      const byDay = grouped(mine, ({ day }) => day);
      return { role, person, tasks: Array.from({ length: days }, (_, at) => byDay.get(first + at) ?? []) };
    }),
  );
  return { first, days, people };
}

interface Person {
  readonly work: Work[];
  all: number;
  day: number;
  /** On that day. */
  today: number;
}

const todayOf = (person: Person, day: number): number => (person.day === day ? person.today : 0);

function shared(work: readonly Work[], among: number): readonly (readonly Work[])[] {
  const people = Array.from({ length: among }, (): Person => ({ work: [], all: 0, day: 0, today: 0 }));
  for (const piece of work) {
    const idle = people.toSorted((a, b) => todayOf(a, piece.day) - todayOf(b, piece.day) || a.all - b.all);
    // Many at once are shared out evenly: each gets at most one more than the next.
    for (const [place, person] of idle.entries()) {
      const count = Math.floor((piece.count + among - 1 - place) / among);
      if (count === 0) break;
      person.work.push({ ...piece, count });
      person.today = todayOf(person, piece.day) + count;
      person.day = piece.day;
      person.all += count;
    }
  }
  return people.map(({ work: own }) => own);
}
