// What an empty installation offers: the event campaign in compressed time, in three clicks. This one, launch, and watch.
import { RocketOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { shipped } from '../../playbooks/index.ts';
import { api } from '../api.ts';
import { go } from '../location.ts';
import { launching } from '../run/api.ts';
import { useSay } from '../say.ts';
import { Fault } from '../shell/fault.tsx';

const FIRST = 'event-campaign';

export function Welcome() {
  const say = useSay();
  const queries = useQueryClient();
  const begin = useMutation({
    mutationFn: async () => {
      const { playbook } = shipped[FIRST]!;
      const { id, revision } = await api.beginPlaybook(playbook);
      await launching.publish(id, revision, '');
      return id;
    },
    onSuccess: (id) => {
      void queries.invalidateQueries({ queryKey: ['playbooks'] });
      go('playbooks', id, 'launch');
    },
  });
  return (
    <section className="welcome">
      <h2>{say({ zh: '先看一场活动从头跑到尾', en: 'First watch an activity from beginning to end' })}</h2>
      <p>
        {say({
          zh: '一场线上活动，从预热、引爆到复盘，两周的事在几十秒里走完。真实的引擎，模拟的社群，什么都不会发给真人。',
          en: 'An online event from warm-up to review: two weeks in less than a minute. The real engine with a synthetic community; nothing reaches real people.',
        })}
      </p>
      <Fault error={begin.error} />
      <Button
        size="large"
        type="primary"
        icon={<RocketOutlined aria-hidden />}
        loading={begin.isPending}
        onClick={() => begin.mutate()}
      >
        {say({ zh: '试跑线上活动', en: 'Try the event campaign' })}
      </Button>
    </section>
  );
}
