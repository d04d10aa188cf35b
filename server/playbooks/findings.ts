// Problems of the compiler as the server tells them: with their sentences in the caller's language.
import { say, type Problem } from '../../engine/problem.ts';
import { Refusal, type Language } from '../refusal.ts';

/** A problem, told. */
export interface Finding {
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly place: Problem['place'];
  readonly message: string;
  readonly advice: string;
}

/** Tells problems. */
export const findings = (problems: readonly Problem[], language: Language): Finding[] =>
  problems.map((problem) => {
    const { sentence, advice } = say(problem, language);
    const { code, severity, place } = problem;
    return { code, severity, place, message: sentence, advice };
  });

/** Refuses to go on with a playbook that has errors; all its problems go with the refusal. */
export function refuseProblems(problems: readonly Problem[]): never {
  const errors = problems.filter(({ severity }) => severity === 'error');
  throw new Refusal('playbook-has-problems', {
    place: errors[0]?.place.pointer ?? errors[0]?.place.node ?? null,
    values: { count: errors.length },
    extra: (language) => ({ problems: findings(problems, language) }),
  });
}
