// The bar above every page: where one can go, what the page adds, language and signing out.
import { EllipsisOutlined, GlobalOutlined, LogoutOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { Button, Dropdown } from 'antd';
import type { ReactNode } from 'react';
import { api } from '../api.ts';
import { addressOf } from '../location.ts';
import { usePhone } from '../narrow.ts';
import { useSay, useSpeech } from '../say.ts';
import { LanguageButton } from './language-button.tsx';
import { Nav } from './nav.tsx';

/** One more thing that a page offers on a phone, where its bar has no room for it. */
export interface BarItem {
  readonly key: string;
  readonly icon: ReactNode;
  readonly label: string;
  readonly onClick: () => void;
}

/** `more` is what a phone finds behind ⋯, together with language and signing out; elsewhere the page shows it itself. */
export function Bar({
  children,
  more,
}: {
  readonly children?: ReactNode;
  readonly more?: readonly BarItem[];
}) {
  const say = useSay();
  const isPhone = usePhone();
  const { language, speak } = useSpeech();
  const queries = useQueryClient();
  const leave = async (): Promise<void> => {
    await api.logOut();
    await queries.resetQueries();
  };
  return (
    <header className="bar">
      <a className="brand" href={addressOf('playbooks')}>
        薪火
      </a>
      <Nav />
      <div className="middle">{children}</div>
      {isPhone && more !== undefined ? (
        <Dropdown
          trigger={['click']}
          menu={{
            items: [
              ...more.map(({ key, icon, label }) => ({ key, icon, label })),
              { type: 'divider' },
              {
                key: 'language',
                icon: <GlobalOutlined aria-hidden />,
                label: language === 'zh' ? 'English' : '中文',
              },
              {
                key: 'leave',
                icon: <LogoutOutlined aria-hidden />,
                label: say({ zh: '退出', en: 'Sign out' }),
              },
            ],
            onClick: ({ key }) => {
              if (key === 'language') speak(language === 'zh' ? 'en' : 'zh');
              else if (key === 'leave') void leave();
              else more.find((it) => it.key === key)?.onClick();
            },
          }}
        >
          <Button
            type="text"
            icon={<EllipsisOutlined />}
            aria-label={say({ zh: '更多', en: 'More' })}
            aria-haspopup="menu"
          />
        </Dropdown>
      ) : (
        <>
          <LanguageButton />
          <Button
            type="text"
            icon={<LogoutOutlined />}
            aria-label={say({ zh: '退出', en: 'Sign out' })}
            onClick={() => void leave()}
          />
        </>
      )}
    </header>
  );
}
