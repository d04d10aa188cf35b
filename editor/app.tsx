// The frame of every page: who is signed in, where one is, light or dark, Chinese or English.
import { QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query';
import { App as Antd, ConfigProvider, Spin, theme } from 'antd';
import en from 'antd/locale/en_US';
import zh from 'antd/locale/zh_CN';
import { useEffect, useSyncExternalStore } from 'react';
import { api, Refused } from './api.ts';
import { useLocation } from './location.ts';
import { PlaybookPage } from './pages/playbook.tsx';
import { PlaybooksPage } from './pages/playbooks.tsx';
import { SignIn } from './pages/sign-in.tsx';
import { Trouble } from './pages/trouble.tsx';
import { localeOf, useSpeech } from './say.ts';

const client = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) => failures < 2 && (!(error instanceof Refused) || error.status === 0),
    },
  },
});

const darkQuery = matchMedia('(prefers-color-scheme: dark)');
const useDark = (): boolean =>
  useSyncExternalStore(
    (changed) => {
      darkQuery.addEventListener('change', changed);
      return () => darkQuery.removeEventListener('change', changed);
    },
    () => darkQuery.matches,
  );

export function App() {
  const isDark = useDark();
  const language = useSpeech(({ language: it }) => it);
  useEffect(() => {
    document.documentElement.lang = localeOf(language);
  }, [language]);
  return (
    <ConfigProvider
      button={{ autoInsertSpace: false }}
      locale={language === 'zh' ? zh : en}
      theme={{
        algorithm: isDark ? theme.darkAlgorithm : theme.defaultAlgorithm,
        token: {
          colorPrimary: isDark ? '#f08a4b' : '#b8480f',
          colorLink: isDark ? '#f08a4b' : '#b8480f',
          borderRadius: 8,
          // antd's own are too pale to be read by everybody.
          colorTextPlaceholder: isDark ? '#a89e93' : '#6b6259',
          colorTextDescription: isDark ? '#a89e93' : '#6b6259',
        },
      }}
    >
      <Antd>
        <QueryClientProvider client={client}>
          <Gate />
        </QueryClientProvider>
      </Antd>
    </ConfigProvider>
  );
}

function Gate() {
  const me = useQuery({ queryKey: ['me'], queryFn: api.me });
  if (me.isPending) return <Spin fullscreen />;
  if (me.error instanceof Refused && me.error.status === 401) return <SignIn />;
  if (me.error !== null) return <Trouble error={me.error} again={() => void me.refetch()} />;
  return <Page />;
}

function Page() {
  const [place, id] = useLocation();
  if (place === 'playbooks' && id !== undefined) return <PlaybookPage key={id} id={id} />;
  return <PlaybooksPage />;
}
