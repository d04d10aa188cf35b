// What went wrong, what is safe, and what to do: with the details to copy.
import { Button, Result, Typography } from 'antd';
import { Refused } from '../api.ts';
import { useSay } from '../say.ts';

export function Trouble({ error, again }: { readonly error: Error; readonly again: () => void }) {
  const say = useSay();
  const advice = error instanceof Refused ? error.advice : '';
  const details = error instanceof Refused ? JSON.stringify(error.body) : (error.stack ?? error.message);
  return (
    <Result
      status="warning"
      title={error.message}
      subTitle={advice}
      extra={[
        <Button key="again" type="primary" onClick={again}>
          {say({ zh: '再试一次', en: 'Try again' })}
        </Button>,
        <Typography.Text key="copy" copyable={{ text: details }} type="secondary">
          {say({ zh: '复制详情', en: 'Copy the details' })}
        </Typography.Text>,
      ]}
    />
  );
}
