// What went wrong, what is safe, and what to do: with the details to copy.
import { Button, Result } from 'antd';
import { Refused } from '../api.ts';
import { useSay } from '../say.ts';
import { CopyDetails } from '../shell/copy-details.tsx';

export function Trouble({ error, again }: { readonly error: Error; readonly again: () => void }) {
  const say = useSay();
  return (
    <Result
      status="warning"
      title={error.message}
      subTitle={error instanceof Refused ? error.advice : ''}
      extra={[
        <Button key="again" type="primary" onClick={again}>
          {say({ zh: '再试一次', en: 'Try again' })}
        </Button>,
        <CopyDetails key="copy" error={error} />,
      ]}
    />
  );
}
