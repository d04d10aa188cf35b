// Problems as sentences with their advice: errors and warnings differ in more than colour.
import { ExclamationCircleFilled, WarningFilled } from '@ant-design/icons';
import { say as sayProblem, type Problem } from '../../engine/problem.ts';
import { localeOf, useSpeech } from '../say.ts';

export function Faults({ problems }: { readonly problems: readonly Problem[] }) {
  const language = useSpeech(({ language: it }) => it);
  return (
    <>
      {problems.map((problem, i) => {
        const { sentence, advice } = sayProblem(problem, localeOf(language));
        const isError = problem.severity === 'error';
        return (
          <p key={i} className={isError ? 'fault' : 'hint'}>
            {isError ? <ExclamationCircleFilled /> : <WarningFilled />} {sentence} {advice}
          </p>
        );
      })}
    </>
  );
}
