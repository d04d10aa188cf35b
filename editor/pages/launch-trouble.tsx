// Automatic launches of a playbook that were refused, or that cannot send everything: on the playbook's own page until somebody has seen it.
// Not who is told elsewhere: see workers/store/refused-start.ts.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert } from 'antd';
import { work } from '../run/api.ts';
import { ownZone, sayAt } from '../run/words.ts';
import { read, useSay, useSpeech } from '../say.ts';

export function LaunchTrouble({ id }: { readonly id: string }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const queries = useQueryClient();
  const queryKey = ['launch-trouble', id];
  const asked = useQuery({ queryKey, queryFn: () => work.noticesOf(id) });
  const seen = useMutation({
    mutationFn: (notice: number) => work.seen(notice),
    onSuccess: () => queries.invalidateQueries({ queryKey }),
  });
  const notices = asked.data?.notices ?? [];
  if (notices.length === 0) return null;
  return (
    <section
      className="alerts"
      aria-label={say({ zh: '自动启动的问题', en: 'Trouble with automatic launches' })}
    >
      {notices.map((notice) => (
        <Alert
          key={notice.id}
          type="warning"
          showIcon
          title={read(notice.text, language)}
          description={sayAt(notice.at, language, ownZone())}
          closable={{
            'aria-label': say({ zh: '知道了', en: 'Seen' }),
            onClose: () => seen.mutate(notice.id),
          }}
        />
      ))}
    </section>
  );
}
