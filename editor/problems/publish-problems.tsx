// What is wrong, before publishing: the list beside the canvas is panel.tsx. A click goes to the very field of the playbook;
// what can be mended at a click is mended here.
import { Alert, Button } from 'antd';
import { useState } from 'react';
import type { Playbook } from '../../engine/document.ts';
import type { Problem } from '../../engine/problem.ts';
import type { Command } from '../document/commands.ts';
import { addressOf } from '../location.ts';
import { useSay, useSpeech } from '../say.ts';
import { fixOf } from './fixes.ts';
import { wishFor } from './go-to.ts';
import { sayPlace } from './panel.tsx';
import { sayProblem } from './say.ts';

const MOST = 8;

interface Props {
  readonly id: string;
  readonly document: Playbook;
  readonly problems: readonly Problem[];
  readonly isMending: boolean;
  readonly mend: (fix: Command) => void;
}

export function Problems({ id, document, problems, isMending, mend }: Props) {
  const say = useSay();
  const [isAll, setAll] = useState(false);
  if (problems.length === 0)
    return (
      <Alert
        type="success"
        showIcon
        title={say({ zh: '检查通过，没有问题。', en: 'Checked: no problems.' })}
      />
    );
  const sorted = problems.toSorted((a, b) => Number(b.severity === 'error') - Number(a.severity === 'error'));
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const warnings = problems.length - errors;
  return (
    <Alert
      type={errors > 0 ? 'error' : 'warning'}
      showIcon
      title={[
        errors === 0
          ? say({ zh: '没有错误', en: 'No errors' })
          : say({ zh: `${errors} 个错误`, en: `${errors} ${errors === 1 ? 'error' : 'errors'}` }),
        ...(warnings === 0
          ? []
          : [
              say({ zh: `${warnings} 个提醒`, en: `${warnings} ${warnings === 1 ? 'warning' : 'warnings'}` }),
            ]),
      ].join(say({ zh: '，', en: ', ' }))}
      description={
        <>
          <ul className="problems">
            {sorted.slice(0, isAll ? sorted.length : MOST).map((problem, no) => (
              <li key={no}>
                <One id={id} document={document} problem={problem} isMending={isMending} mend={mend} />
              </li>
            ))}
          </ul>
          {sorted.length > MOST && !isAll ? (
            <Button type="link" onClick={() => setAll(true)}>
              {say({ zh: `全部 ${sorted.length} 条`, en: `All ${sorted.length}` })}
            </Button>
          ) : null}
        </>
      }
    />
  );
}

function One({
  id,
  document,
  problem,
  isMending,
  mend,
}: Omit<Props, 'problems'> & { readonly problem: Problem }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const { sentence, advice } = sayProblem(problem, document, language);
  const where = sayPlace(problem, document, language);
  const fix = fixOf(problem, document);
  return (
    <>
      <a href={addressOf('playbooks', id)} onClick={() => wishFor(problem.place)}>
        {where === '' ? say({ zh: '剧本', en: 'Playbook' }) : where}
      </a>{' '}
      {sentence} <span className="soft">{advice}</span>{' '}
      {fix === undefined ? null : (
        <Button size="small" className="fix" disabled={isMending} onClick={() => mend(fix)}>
          {say(fix.says)}
        </Button>
      )}
    </>
  );
}
