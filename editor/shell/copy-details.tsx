// What a refusal or a fault says in full, onto the clipboard: for whoever is asked for help.
import { CopyOutlined } from '@ant-design/icons';
import { App as Antd, Button } from 'antd';
import { Refused } from '../api.ts';
import { copyText } from '../copy-text.ts';
import { useSay } from '../say.ts';

export function CopyDetails({ error }: { readonly error: Error }) {
  const say = useSay();
  const { message } = Antd.useApp();
  const copy = async (): Promise<void> => {
    const what = error instanceof Refused ? error.body : (error.stack ?? error.message);
    const details = { at: new Date().toISOString(), page: location.href, what };
    if (await copyText(JSON.stringify(details, null, 2)))
      void message.success(say({ zh: '已复制', en: 'Copied' }));
    else void message.warning(say({ zh: '这个浏览器不让复制。', en: 'This browser does not allow it.' }));
  };
  return (
    <Button
      className="copy-details"
      type="text"
      icon={<CopyOutlined aria-hidden />}
      onClick={() => void copy()}
    >
      {say({ zh: '复制详情', en: 'Copy the details' })}
    </Button>
  );
}
