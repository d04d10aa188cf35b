// Problems as sentences with their advice, and what mends them at a click: errors and warnings differ in more than colour.
import { ExclamationCircleFilled, WarningFilled } from '@ant-design/icons';
import { Button } from 'antd';
import type { Problem } from '../../engine/problem.ts';
import { useProblems } from '../document/problems.ts';
import { fixOf } from '../problems/fixes.ts';
import { mend } from '../problems/mend.ts';
import { sayProblem } from '../problems/say.ts';
import { useSay, useSpeech } from '../say.ts';

export function Faults({ problems }: { readonly problems: readonly Problem[] }) {
  const language = useSpeech(({ language: it }) => it);
  const document = useProblems(({ of }) => of);
  if (document === undefined) return null;
  return (
    <>
      {problems.map((problem, i) => {
        const { sentence, advice } = sayProblem(problem, document, language);
        const isError = problem.severity === 'error';
        return (
          <p key={i} className={isError ? 'fault' : 'hint'}>
            {isError ? <ExclamationCircleFilled /> : <WarningFilled />} {sentence}
            {language === 'zh' ? '' : ' '}
            {advice} <FixButton problem={problem} />
          </p>
        );
      })}
    </>
  );
}

/** Mends a problem, where that can be done at a click. */
export function FixButton({ problem }: { readonly problem: Problem }) {
  const say = useSay();
  const document = useProblems(({ of }) => of);
  const fix = document === undefined ? undefined : fixOf(problem, document);
  if (fix === undefined) return null;
  return (
    <Button size="small" className="fix" onClick={() => mend(problem)}>
      {say(fix.says)}
    </Button>
  );
}
