// From the drawing to publishing: what is not saved yet is saved first, so that what is published is what is seen.
import { CloudUploadOutlined } from '@ant-design/icons';
import { App as Antd, Button } from 'antd';
import { useState } from 'react';
import { saveNow } from '../document/store.ts';
import { go } from '../location.ts';
import { useSay } from '../say.ts';

export function PublishButton({ id }: { readonly id: string }) {
  const say = useSay();
  const { message } = Antd.useApp();
  const [isBusy, setBusy] = useState(false);
  const publish = async (): Promise<void> => {
    setBusy(true);
    const isSaved = await saveNow();
    setBusy(false);
    if (isSaved) go('playbooks', id, 'publish');
    else
      void message.warning(
        say({
          zh: '还有修改没有存到服务器，存好以后再发布。',
          en: 'Some changes have not reached the server yet. Publish when they have.',
        }),
      );
  };
  return (
    <Button
      type="primary"
      icon={<CloudUploadOutlined aria-hidden />}
      loading={isBusy}
      onClick={() => void publish()}
    >
      {say({ zh: '发布', en: 'Publish' })}
    </Button>
  );
}
