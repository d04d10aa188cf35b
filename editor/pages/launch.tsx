// Launching: what the playbook asks for, who does what, and the calendar that follows; for real, or in compressed time to try.
import { useMutation, useQuery } from '@tanstack/react-query';
import { Alert, Button, Checkbox, Result, Skeleton } from 'antd';
import { useDeferredValue, useMemo, useRef, useState } from 'react';
import type { Playbook } from '../../engine/document.ts';
import { compile, product } from '../../engine/index.ts';
import type { JsonObject } from '../../engine/json.ts';
import { say as sayProblem } from '../../engine/problem.ts';
import { shipped } from '../../playbooks/index.ts';
import { api, Refused } from '../api.ts';
import type { TeamRegistry } from '../team-registry.ts';
import { addressOf, go } from '../location.ts';
import { launching, runs, team } from '../run/api.ts';
import type { Colleague, Community, Launching, LaunchOrder } from '../run/shapes.ts';
import { Calendar } from '../run/calendar.tsx';
import { foretell } from '../run/foretell.ts';
import { datesAhead } from '../run/forecast.ts';
import { CastForm, CommunityChoice, ModeChoice, type Cast, type Mode } from '../run/launch-choices.tsx';
import { ParamsForm } from '../run/params-form.tsx';
import { sayAt } from '../run/words.ts';
import { localeOf, read, useSay, useSpeech } from '../say.ts';
import { Fault } from '../shell/fault.tsx';
import { Frame } from '../shell/frame.tsx';
import { Figures } from './publish.tsx';
import { Trouble } from './trouble.tsx';

interface Asked {
  readonly asks: Launching;
  readonly document: Playbook;
  readonly colleagues: readonly Colleague[];
  readonly communities: readonly Community[];
  readonly team: TeamRegistry;
}

async function askAll(id: string): Promise<Asked> {
  const [asks, { users }, { communities }, registry] = await Promise.all([
    launching.asks(id),
    team.colleagues(),
    launching.communities(),
    api.registry(),
  ]);
  const { document } = await runs.document(id, asks.version);
  const colleagues = users.filter(({ disabledAt }) => disabledAt === null);
  return { asks, document, colleagues, communities, team: registry };
}

export function LaunchPage({ id }: { readonly id: string }) {
  const say = useSay();
  const asked = useQuery({
    queryKey: ['launching', id],
    queryFn: () => askAll(id),
    gcTime: 0,
    staleTime: Infinity,
  });
  const isUnpublished = asked.error instanceof Refused && asked.error.status === 404;
  return (
    <Frame>
      {isUnpublished ? (
        <Result
          title={say({ zh: '这个剧本还没有发布', en: 'This playbook is not published yet' })}
          subTitle={say({ zh: '发布之后才能发起。', en: 'Publish it, then launch it.' })}
          extra={
            <Button type="primary" onClick={() => go('playbooks', id, 'publish')}>
              {say({ zh: '去发布', en: 'Publish' })}
            </Button>
          }
        />
      ) : asked.error !== null ? (
        <Trouble error={asked.error} again={() => void asked.refetch()} />
      ) : asked.data === undefined ? (
        <Skeleton active paragraph={{ rows: 10 }} />
      ) : (
        <LaunchForm id={id} asked={asked.data} />
      )}
    </Frame>
  );
}

/** Values to begin with: what the template that ships is tried with, else examples; dates lie ahead. */
function firstValues({ asks, document }: Asked): JsonObject {
  const own = Object.values(shipped).find(({ playbook }) => document.id.startsWith(playbook.id));
  const known = Object.keys((asks.params['properties'] ?? {}) as object);
  const tried = Object.entries(own?.params ?? {}).filter(([name]) => known.includes(name));
  return datesAhead(document, { ...asks.examples, ...Object.fromEntries(tried) }, Date.now());
}

function LaunchForm({ id, asked }: { readonly id: string; readonly asked: Asked }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const { asks, document, colleagues } = asked;
  const [values, setValues] = useState<JsonObject>(() => firstValues(asked));
  const [mode, setMode] = useState<Mode>('fast');
  const [cast, setCast] = useState<Cast>({});
  const [community, setCommunity] = useState<string | undefined>(asked.communities[0]?.id);
  const [isSure, setSure] = useState(false);
  // A repeated click, or a click while the answer is lost, finds the first run.
  const key = useRef(`page-${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`).current;
  const launch = useMutation({
    mutationFn: () => runs.launch(orderOf({ id, key, mode, values, cast, community, isSure, asked })),
    onSuccess: ({ id: run }) => go('runs', run),
  });
  const { faults, problems, warnings } = useFaults(asked, values);
  return (
    <>
      <p className="crumb">
        <a href={addressOf('playbooks', id)}>← {read(document.title, language)}</a>
      </p>
      <h1>
        {say({ zh: '发起活动', en: 'Launch' })}
        <span className="soft">{say({ zh: ` 第 ${asks.version} 版`, en: ` version ${asks.version}` })}</span>
      </h1>
      <div className="halves">
        <div>
          <ModeChoice mode={mode} choose={setMode} />
          {mode === 'real' ? (
            <CommunityChoice communities={asked.communities} chosen={community} choose={setCommunity} />
          ) : null}
          <section>
            <h2>{say({ zh: '这次活动', en: 'This activity' })}</h2>
            <ParamsForm
              document={document}
              schema={asks.params}
              values={values}
              change={setValues}
              faults={faults}
            />
            {problems.map((it) => (
              <p key={it} className="fault">
                {it}
              </p>
            ))}
          </section>
          <CastForm roles={asks.roles} mode={mode} cast={cast} change={setCast} colleagues={colleagues} />
        </div>
        <Ahead asked={asked} values={values} mode={mode} />
      </div>
      <section className="finish">
        {mode === 'real' && warnings.length > 0 ? (
          <Alert
            type="warning"
            showIcon
            title={say({ zh: '正式发起之前请看一下', en: 'Please look before you launch for real' })}
            description={warnings.map((it) => (
              <p key={it}>{it}</p>
            ))}
          />
        ) : null}
        <Refusal error={launch.error} isSure={isSure} setSure={setSure} />
        <div className="actions">
          <Button
            size="large"
            type="primary"
            loading={launch.isPending}
            disabled={Object.keys(faults).length + problems.length > 0}
            onClick={() => launch.mutate()}
          >
            {mode === 'fast'
              ? say({ zh: '在压缩时间里发起', en: 'Launch in compressed time' })
              : say({ zh: '正式发起', en: 'Launch for real' })}
          </Button>
        </div>
      </section>
    </>
  );
}

/** Why it was not launched; moments that have passed may be meant so. */
function Refusal({
  error,
  isSure,
  setSure,
}: {
  readonly error: Error | null;
  readonly isSure: boolean;
  readonly setSure: (isSure: boolean) => void;
}) {
  const say = useSay();
  if (!(error instanceof Refused) || error.code !== 'dates-passed') return <Fault error={error} />;
  return (
    <Alert
      type="warning"
      showIcon
      title={error.message}
      description={
        <>
          <p>{error.advice}</p>
          <Checkbox checked={isSure} onChange={({ target }) => setSure(target.checked)}>
            {say({ zh: '我知道，仍然发起', en: 'I know. Launch all the same' })}
          </Checkbox>
        </>
      }
    />
  );
}

function orderOf({
  id,
  key,
  mode,
  values,
  cast,
  community,
  isSure,
  asked,
}: {
  readonly id: string;
  readonly key: string;
  readonly mode: Mode;
  readonly values: JsonObject;
  readonly cast: Cast;
  readonly community: string | undefined;
  readonly isSure: boolean;
  readonly asked: Asked;
}): LaunchOrder {
  const named = Object.entries(cast).filter(([, people]) => people.length > 0);
  const holders = (role: string): string[] =>
    asked.colleagues
      .filter(({ roles }) => roles.includes(role) || roles.includes('owner'))
      .map((it) => it.id);
  // For real, whoever names one role names all of them: the others stay with those who have the role in the team.
  const rest =
    mode === 'fast' || named.length === 0
      ? []
      : asked.asks.roles
          .filter((role) => !named.some(([it]) => it === role))
          .map((role) => [role, holders(role)]);
  const roles = Object.fromEntries([...named, ...rest]) as Cast;
  return {
    playbook: id,
    version: asked.asks.version,
    params: values,
    key: `${key}-${mode}`,
    ...(Object.keys(roles).length === 0 ? {} : { roles }),
    ...(mode === 'fast' ? { fast: true } : { confirm: isSure }),
    ...(mode === 'fast' || community === undefined ? {} : { community }),
  };
}

/** What the compiler says about these values: at the parameter where it can be told, else below the form. */
function useFaults(
  { document, team: registry }: Asked,
  values: JsonObject,
): {
  readonly faults: Readonly<Record<string, string>>;
  readonly problems: readonly string[];
  /** What would not go out or not be reached: on synthetic members it does not matter. */
  readonly warnings: readonly string[];
} {
  const language = useSpeech(({ language: it }) => it);
  const settled = useDeferredValue(values);
  return useMemo(() => {
    const faults: Record<string, string> = {};
    const problems: string[] = [];
    const warnings: string[] = [];
    for (const problem of compile(document, settled, { ...product, ...registry }).problems) {
      const { sentence, advice } = sayProblem(problem, localeOf(language));
      if (/^W-(CHANNEL|NOT-REACHABLE)/.test(problem.code)) warnings.push(`${sentence} ${advice}`);
      if (problem.severity !== 'error') continue;
      const name = /^\/params\/([^/]+)/.exec(problem.place.pointer ?? '')?.[1];
      if (name === undefined) problems.push(`${sentence} ${advice}`);
      else faults[name] ??= `${sentence} ${advice}`;
    }
    return { faults, problems, warnings };
  }, [document, registry, settled, language]);
}

/** The calendar that follows from what is filled in. */
function Ahead({
  asked: { asks, document, team: registry },
  values,
  mode,
}: {
  readonly asked: Asked;
  readonly values: JsonObject;
  readonly mode: Mode;
}) {
  const { zone } = asks;
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const settled = useDeferredValue(values);
  const { plan } = useMemo(
    () => compile(document, settled, { ...product, ...registry }),
    [document, registry, settled],
  );
  const rehearsed = useQuery({
    queryKey: ['ahead', document.id, settled],
    queryFn: async ({ signal }) => {
      // A word is typed letter by letter: only what stands still is rehearsed.
      await new Promise((resolve) => setTimeout(resolve, 500));
      signal.throwIfAborted();
      return foretell({ document, params: settled, team: registry, start: Date.now() }, signal);
    },
    enabled: plan !== undefined,
    staleTime: Infinity,
    placeholderData: (before) => before,
  });
  const until = rehearsed.data?.until;
  return (
    <aside className="ahead" aria-label={say({ zh: '什么时候发生什么', en: 'What happens when' })}>
      <h2>{say({ zh: '什么时候发生什么', en: 'What happens when' })}</h2>
      {rehearsed.error !== null ? (
        <Trouble error={rehearsed.error} again={() => void rehearsed.refetch()} />
      ) : rehearsed.data === undefined ? (
        <Skeleton active paragraph={{ rows: 8 }} />
      ) : (
        <>
          {mode === 'real' && until !== undefined ? (
            <Alert
              type="info"
              showIcon
              title={say({
                zh: `运行薪火的机器要一直开到 ${sayAt(until, language, zone, 'year')}`,
                en: `The machine that runs Kindling must stay on until ${sayAt(until, language, zone, 'year')}`,
              })}
              description={say({
                zh: '中间关机不会丢，也不会重复；只是那段时间里该做的会晚，晚了的按各步骤的规则处理。',
                en: 'If it is off in between nothing is lost or doubled; what was due is late, and each step’s rule for lateness applies.',
              })}
            />
          ) : null}
          <Figures forecast={rehearsed.data} />
          <Calendar days={rehearsed.data.days} zone={zone} />
        </>
      )}
    </aside>
  );
}
