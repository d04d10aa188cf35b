// What became of runs whose doors stand open when a new version was published: taken over, or left with the reason.
import { Alert, Button } from 'antd';
import { addressOf, go } from '../location.ts';
import { useSay } from '../say.ts';
import { sayLeft } from './doors.tsx';
import type { Published } from './shapes.ts';

export function TakenOver({
  id,
  published: {
    number,
    runs: { followed, left },
  },
}: {
  readonly id: string;
  readonly published: Published;
}) {
  const say = useSay();
  const open = say({ zh: '打开运行', en: 'Open the run' });
  return (
    <>
      <h1>{say({ zh: `第 ${number} 版已发布`, en: `Version ${number} is published` })}</h1>
      {followed.map(({ run }) => (
        <Alert
          key={run}
          type="success"
          showIcon
          title={say({
            zh: '一直开放的旅程已由新版本接手：新来的人进入新版本，已经在里面的人照旧走完。',
            en: 'Journeys that stay open are taken over: newcomers enter the new version, whoever is under way goes on as before.',
          })}
          action={<a href={addressOf('runs', run)}>{open}</a>}
        />
      ))}
      {left.map(({ run, problems }) => (
        <Alert
          key={run}
          type="warning"
          showIcon
          title={say({
            zh: '有一次运行的入口没能接手，新来的人还是进入旧版本。',
            en: 'The entrances of a run could not be taken over: newcomers still enter the old version.',
          })}
          description={problems.map((code) => (
            <p key={code}>{say(sayLeft(code))}</p>
          ))}
          action={<a href={addressOf('runs', run)}>{open}</a>}
        />
      ))}
      <div className="actions">
        <Button size="large" type="primary" onClick={() => go('playbooks', id, 'launch')}>
          {say({ zh: `发起第 ${number} 版`, en: `Launch version ${number}` })}
        </Button>
      </div>
    </>
  );
}
