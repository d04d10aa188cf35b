// The frame of every page: who is signed in, where one is, light or dark, Chinese or English.
import { QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query';
import { App as Antd, ConfigProvider } from 'antd';
import en from 'antd/locale/en_US';
import zh from 'antd/locale/zh_CN';
import { lazy, Suspense, useEffect, type ComponentType, type LazyExoticComponent } from 'react';
import { api, Refused } from './api.ts';
import { useDark } from './dark.ts';
import { useLocation } from './location.ts';
import { Home } from './pages/home.tsx';
import { SignIn } from './pages/sign-in.tsx';
import { Trouble } from './pages/trouble.tsx';
import { localeOf, useSpeech } from './say.ts';
import { Fence } from './shell/fence.tsx';
import { themeOf } from './shell/theme.ts';
import { Waiting } from './shell/waiting.tsx';

const client = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) => failures < 2 && (!(error instanceof Refused) || error.status === 0),
    },
  },
});

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
      theme={themeOf(isDark)}
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
  if (me.isPending) return <Waiting />;
  if (me.error instanceof Refused && me.error.status === 401) return <SignIn />;
  if (me.error !== null) return <Trouble error={me.error} again={() => void me.refetch()} />;
  return <Page />;
}

type Lazy<P> = LazyExoticComponent<ComponentType<P>>;

const PlaybookPage = lazy(() => import('./pages/playbook.tsx').then((it) => ({ default: it.PlaybookPage })));
const PlaybooksPage = lazy(() =>
  import('./pages/playbooks.tsx').then((it) => ({ default: it.PlaybooksPage })),
);
const TodayPage = lazy(() => import('./pages/today.tsx').then((it) => ({ default: it.TodayPage })));
const RunsPage = lazy(() => import('./pages/runs.tsx').then((it) => ({ default: it.RunsPage })));
const TeamPage = lazy(() => import('./pages/team.tsx').then((it) => ({ default: it.TeamPage })));

/** Pages about one thing, by the parts of the address before and after its id. */
const OF_ONE: Readonly<Record<string, Lazy<{ readonly id: string }>>> = {
  'playbooks/publish': lazy(() => import('./pages/publish.tsx').then((it) => ({ default: it.PublishPage }))),
  'playbooks/launch': lazy(() => import('./pages/launch.tsx').then((it) => ({ default: it.LaunchPage }))),
  runs: lazy(() => import('./pages/run.tsx').then((it) => ({ default: it.RunPage }))),
  tasks: lazy(() => import('./pages/task.tsx').then((it) => ({ default: it.TaskPage }))),
  reports: lazy(() => import('./pages/review.tsx').then((it) => ({ default: it.ReviewPage }))),
};

function Page() {
  const [place = '', id, what] = useLocation();
  const One = id === undefined ? undefined : OF_ONE[what === undefined ? place : `${place}/${what}`];
  return (
    <Fence key={`${place} ${id ?? ''} ${what ?? ''}`}>
      <Suspense fallback={<Waiting />}>
        {One !== undefined && id !== undefined ? (
          <One key={id} id={id} />
        ) : place === 'playbooks' && id !== undefined ? (
          <PlaybookPage key={id} id={id} />
        ) : (
          <Listing place={place} />
        )}
      </Suspense>
    </Fence>
  );
}

function Listing({ place }: { readonly place: string }) {
  if (place === 'today') return <TodayPage />;
  if (place === 'runs') return <RunsPage />;
  if (place === 'team') return <TeamPage />;
  return place === '' ? <Home /> : <PlaybooksPage />;
}
