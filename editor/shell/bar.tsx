// The bar above every page: where one can go, what the page adds, language and signing out.
import { LogoutOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import type { ReactNode } from 'react';
import { api } from '../api.ts';
import { addressOf } from '../location.ts';
import { useSay } from '../say.ts';
import { LanguageButton } from './language-button.tsx';
import { Nav } from './nav.tsx';

export function Bar({ children }: { readonly children?: ReactNode }) {
  const say = useSay();
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
      <LanguageButton />
      <Button
        type="text"
        icon={<LogoutOutlined />}
        aria-label={say({ zh: '退出', en: 'Sign out' })}
        onClick={() => void leave()}
      />
    </header>
  );
}
