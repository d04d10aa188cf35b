// Chinese or English, at a click and without a reload.
import { GlobalOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useSpeech } from '../say.ts';

export function LanguageButton() {
  const { language, speak } = useSpeech();
  return (
    <Button type="text" icon={<GlobalOutlined />} onClick={() => speak(language === 'zh' ? 'en' : 'zh')}>
      {language === 'zh' ? 'English' : '中文'}
    </Button>
  );
}
