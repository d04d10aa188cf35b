// The rehearsal below the drawing: the player, and what it tells. Loaded when somebody asks for it.
import {
  AimOutlined,
  CaretRightOutlined,
  CloseOutlined,
  ExportOutlined,
  PauseOutlined,
  ReloadOutlined,
  StepBackwardOutlined,
  StepForwardOutlined,
} from '@ant-design/icons';
import { Button, Dropdown, Progress, Select, Tabs, Tooltip } from 'antd';
import { useEffect } from 'react';
import { sayInstant } from '../../engine/calendar/say.ts';
import { useStage as useCanvas } from '../canvas/stage.ts';
import { useDesk } from '../document/store.ts';
import { goTo } from '../problems/go-to.ts';
import { sayProblem } from '../problems/say.ts';
import { localeOf, useSay, useSpeech } from '../say.ts';
import { Bands } from './bands-view.tsx';
import { CalendarView } from './calendar-view.tsx';
import { CollisionView } from './collision-view.tsx';
import { Compare } from './compare.tsx';
import { download, printSheet } from './export.ts';
import { setFollow, useFollow } from './follow.ts';
import { Member } from './member.tsx';
import { Overlay } from './overlay.tsx';
import { stepBack, stepOn, usePlay } from './play.ts';
import { Reel } from './reel.tsx';
import './rehearsal.css';
import { csvOf, icsOf } from './sheet-files.ts';
import { StaffView } from './staff-view.tsx';
import { closeStage, giveUp, openStage, rehearse, seek, useStage } from './store.ts';
import { Tries } from './tries.tsx';

export function Dock({ onClose }: { readonly onClose: () => void }) {
  const say = useSay();
  const take = useStage(({ take: it }) => it);
  const state = useStage(({ state: it }) => it);
  usePlay(take);
  useEffect(() => {
    void openStage();
    useCanvas.setState({ onOwnMove: () => setFollow(false) });
    return () => {
      useCanvas.setState({ onOwnMove: undefined });
      closeStage();
    };
  }, []);
  return (
    <section className="stage" aria-label={say({ zh: '彩排', en: 'Rehearsal' })}>
      <Overlay />
      <div className="deck">
        <Player />
        <Follow />
        {take === undefined ? <span className="reel" /> : <Reel take={take} />}
        <Export />
        <Button
          type="text"
          icon={<CloseOutlined />}
          aria-label={say({ zh: '关闭彩排', en: 'Close the rehearsal' })}
          onClick={onClose}
        />
      </div>
      {state === 'running' ? <Under /> : null}
      <Trouble />
      {take === undefined ? null : <Told />}
    </section>
  );
}

function Player() {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const take = useStage(({ take: it }) => it);
  const isPlaying = useStage(({ isPlaying: it }) => it);
  const seconds = useStage(({ seconds: it }) => it);
  const minute = useStage(({ at }) => Math.floor(at / 60_000));
  const toggle = (): void => {
    const { at } = useStage.getState();
    if (take === undefined) return;
    if (!isPlaying && at >= take.ended) seek(take.started);
    useStage.setState({ isPlaying: !isPlaying });
  };
  const name = isPlaying ? say({ zh: '暂停', en: 'Pause' }) : say({ zh: '播放', en: 'Play' });
  return (
    <>
      <Button
        icon={<StepBackwardOutlined />}
        disabled={take === undefined}
        aria-label={say({ zh: '上一步', en: 'Step back' })}
        onClick={stepBack}
      />
      <Button
        type="primary"
        icon={isPlaying ? <PauseOutlined /> : <CaretRightOutlined />}
        disabled={take === undefined}
        aria-label={name}
        onClick={toggle}
      />
      <Button
        icon={<StepForwardOutlined />}
        disabled={take === undefined}
        aria-label={say({ zh: '下一步', en: 'Step on' })}
        onClick={() => take !== undefined && stepOn(take)}
      />
      <Select
        size="small"
        value={seconds}
        aria-label={say({ zh: '播放速度', en: 'Speed' })}
        onChange={(value) => useStage.setState({ seconds: value })}
        options={[5, 20, 60, 180].map((value) => ({
          value,
          label: say({ zh: `全程 ${value} 秒`, en: `all in ${value} s` }),
        }))}
      />
      <span className="clock">
        {take === undefined ? '' : sayInstant(minute * 60_000, take.zone, localeOf(language))}
      </span>
    </>
  );
}

/** Whether the drawing goes where something happens. */
function Follow() {
  const say = useSay();
  const isOn = useFollow(({ isOn: it }) => it);
  const name = say({ zh: '画布跟着走', en: 'The canvas follows' });
  return (
    <Tooltip title={name}>
      <Button
        type={isOn ? 'primary' : 'default'}
        ghost={isOn}
        icon={<AimOutlined aria-hidden />}
        aria-label={name}
        aria-pressed={isOn}
        onClick={() => setFollow(!isOn)}
      />
    </Tooltip>
  );
}

/** While it is rehearsed: how far, and a way out. */
function Under() {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const progress = useStage(({ progress: it }) => it);
  const zone = useStage(({ take }) => take?.zone) ?? 'Asia/Shanghai';
  if (progress === undefined) return null;
  const when = sayInstant(progress.at, zone, localeOf(language)) ?? '';
  return (
    <div className="deck" role="status">
      <Progress
        percent={Math.round((progress.way ?? 0) * 100)}
        status="active"
        size="small"
        showInfo={progress.way !== undefined}
        style={{ maxWidth: 320 }}
      />
      <span className="help">
        {say({ zh: `演到 ${when}`, en: `${when}` })} · {progress.visits.toLocaleString(localeOf(language))}
      </span>
      <Button size="small" onClick={giveUp}>
        {say({ zh: '取消', en: 'Cancel' })}
      </Button>
    </div>
  );
}

/** Why there is nothing to play, or nothing new. */
function Trouble() {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const state = useStage(({ state: it }) => it);
  const problems = useStage(({ problems: it }) => it);
  const failure = useStage(({ failure: it }) => it);
  const document = useDesk(({ history }) => history?.present.document);
  if (state === 'failed')
    return (
      <div className="deck fault" role="alert">
        {say({ zh: '彩排中断了。', en: 'The rehearsal broke off.' })} {failure}
        <Button size="small" icon={<ReloadOutlined />} onClick={rehearse}>
          {say({ zh: '再演一次', en: 'Again' })}
        </Button>
      </div>
    );
  if (state !== 'wrong' || document === undefined) return null;
  const errors = problems.filter(({ severity }) => severity === 'error');
  const first = errors[0];
  return (
    <div className="deck fault" role="status">
      <span>
        {say({
          zh: `有 ${errors.length} 个错误，改好后自动重演。`,
          en: `${errors.length} errors: mend them, and it is rehearsed anew.`,
        })}{' '}
        {first === undefined ? '' : sayProblem(first, document, language).sentence}
      </span>
      {first === undefined ? null : (
        <Button size="small" onClick={() => goTo(first.place)}>
          {say({ zh: '去改', en: 'Go there' })}
        </Button>
      )}
    </div>
  );
}

function Told() {
  const say = useSay();
  return (
    <Tabs
      className="told"
      size="small"
      items={[
        { key: 'calendar', label: say({ zh: '消息日历', en: 'Messages' }), children: <CalendarView /> },
        { key: 'staff', label: say({ zh: '人手', en: 'Staff' }), children: <StaffView /> },
        { key: 'gate', label: say({ zh: '碰撞', en: 'Collisions' }), children: <CollisionView /> },
        { key: 'try', label: say({ zh: '假如', en: 'What if' }), children: <Tries /> },
        { key: 'bands', label: say({ zh: '多种可能', en: 'Bands' }), children: <Bands /> },
        { key: 'compare', label: say({ zh: '比较', en: 'Compare' }), children: <Compare /> },
        { key: 'member', label: say({ zh: '跟着一个人', en: 'One member' }), children: <Member /> },
      ]}
    />
  );
}

function Export() {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const take = useStage(({ take: it }) => it);
  const title = take?.order.document.id ?? 'playbook';
  return (
    <Dropdown
      disabled={take === undefined}
      menu={{
        items: [
          { key: 'csv', label: say({ zh: '流程表（CSV）', en: 'Run sheet (CSV)' }) },
          { key: 'ics', label: say({ zh: '日历（ICS）', en: 'Calendar (ICS)' }) },
          { key: 'print', label: say({ zh: '打印流程表', en: 'Print the run sheet' }) },
        ],
        onClick: ({ key }) => {
          if (take === undefined) return;
          if (key === 'csv') download(`${title}.csv`, 'text/csv', csvOf(take, language));
          else if (key === 'ics') download(`${title}.ics`, 'text/calendar', icsOf(take, language));
          else printSheet(take, language);
        },
      }}
    >
      <Tooltip title={say({ zh: '导出流程表，没有系统也能照着做', en: 'Export, to run it by hand' })}>
        <Button icon={<ExportOutlined />} aria-label={say({ zh: '导出', en: 'Export' })} />
      </Tooltip>
    </Dropdown>
  );
}
