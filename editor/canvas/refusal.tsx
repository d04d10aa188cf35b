// Says why a wire was refused, and offers what could be done instead.
import { App as Antd, Button } from 'antd';
import { useEffect } from 'react';
import { act } from '../document/store.ts';
import { sayProblem } from '../problems/say.ts';
import { useSay, useSpeech } from '../say.ts';
import { useRefusal } from './connect.ts';

const KEY = 'refusal';

export function RefusalNotice() {
  const { notification } = Antd.useApp();
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const refusal = useRefusal(({ refusal: it }) => it);
  useEffect(() => {
    if (refusal === undefined) return;
    const { sentence, advice } = sayProblem(refusal.problem, refusal.document, language);
    const { instead } = refusal;
    notification.warning({
      key: KEY,
      title: sentence,
      description: advice,
      placement: 'bottom',
      duration: 8,
      ...(instead === undefined
        ? {}
        : {
            actions: (
              <Button
                size="small"
                type="primary"
                onClick={() => {
                  act(instead);
                  notification.destroy(KEY);
                }}
              >
                {say(instead.says)}
              </Button>
            ),
          }),
    });
    useRefusal.setState({ refusal: undefined });
  }, [refusal, notification, say, language]);
  return null;
}
