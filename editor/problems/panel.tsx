// Everything that is wrong with the playbook, errors first, each under the step that it is about.
// A click goes to the step and to its field; many are mended at a click.
import { ExclamationCircleFilled, WarningFilled } from '@ant-design/icons';
import { Empty } from 'antd';
import type { Playbook } from '../../engine/document.ts';
import type { Problem } from '../../engine/problem.ts';
import { nameOf } from '../canvas/say-node.ts';
import { CAMPAIGN } from '../document/graphs.ts';
import { useProblems } from '../document/problems.ts';
import { FixButton } from '../inspector/faults.tsx';
import { read, useSay, useSpeech, type Language, type Words } from '../say.ts';
import { goTo } from './go-to.ts';
import { sayProblem } from './say.ts';
import { fieldAt, nodeAt } from './where.ts';

const GROUPS: readonly (Words & { readonly severity: Problem['severity'] })[] = [
  { severity: 'error', zh: '要先解决', en: 'To be mended first' },
  { severity: 'warning', zh: '建议看看', en: 'Worth a look' },
];

export function ProblemsPanel() {
  const say = useSay();
  const { problems, of: document } = useProblems();
  if (document === undefined) return null;
  if (problems.length === 0) {
    return (
      <Empty
        image={Empty.PRESENTED_IMAGE_SIMPLE}
        description={say({ zh: '没有问题，可以彩排和发布。', en: 'Nothing is wrong: rehearse and publish.' })}
      />
    );
  }
  return (
    <div className="problems">
      {GROUPS.map(({ severity, ...words }) => {
        const own = problems.filter((problem) => problem.severity === severity);
        return own.length === 0 ? null : (
          <section key={severity}>
            <h3>
              {say(words)} <span className="count">{own.length}</span>
            </h3>
            <ul>
              {own.map((problem, i) => (
                <li key={i}>
                  <One problem={problem} document={document} />
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </div>
  );
}

function One({ problem, document }: { readonly problem: Problem; readonly document: Playbook }) {
  const language = useSpeech(({ language: it }) => it);
  const { sentence, advice } = sayProblem(problem, document, language);
  const isError = problem.severity === 'error';
  const where = sayPlace(problem, document, language);
  return (
    <>
      <button type="button" className={`problem ${problem.severity}`} onClick={() => goTo(problem.place)}>
        {isError ? <ExclamationCircleFilled /> : <WarningFilled />}
        <span>
          {where === '' ? null : <b>{where}</b>}
          {sentence}
          <small>{advice}</small>
        </span>
      </button>
      <FixButton problem={problem} />
    </>
  );
}

/** Where it is, in words: the journey, the step, the field. */
export function sayPlace({ place }: Problem, document: Playbook, language: Language): string {
  const graph = place.graph ?? CAMPAIGN;
  const node = nodeAt(document, place);
  const journey = graph === CAMPAIGN ? '' : read(document.journeys?.[graph]?.title, language);
  const step = node === undefined ? '' : nameOf(node, language);
  const field = node === undefined ? undefined : fieldAt(node, place.pointer)?.field.label[language];
  return [journey, step, field ?? ''].filter((part) => part !== '').join(' › ');
}
