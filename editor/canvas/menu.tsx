// The menu at the pointer: what can be done with what is selected, from the one table of deeds.
import { Dropdown, type MenuProps } from 'antd';
import { useDesk } from '../document/store.ts';
import { read, useSay, useSpeech } from '../say.ts';
import { CAMPAIGN } from '../document/graphs.ts';
import { DEEDS, GROUPS, perform, type DeedGroup } from './deeds.ts';
import { here, phaseSelected } from './do.ts';
import { shownKey } from './sheets.tsx';
import { useStage } from './stage.ts';

const IN_MENU: readonly DeedGroup[] = ['edit', 'add', 'arrange', 'share'];
const APART = new Set(['undo', 'redo', 'save']);

export function CanvasMenu() {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const menu = useStage(({ menu: it }) => it);
  const phases = useDesk(({ history }) => history?.present.document.phases) ?? [];
  if (menu === undefined) return null;
  const at = here();
  if (at === undefined) return null;
  const groups = IN_MENU.map((group) => ({
    group,
    deeds: DEEDS.filter((deed) => deed.group === group && !APART.has(deed.id) && deed.can?.(at) !== false),
  })).filter(({ deeds }) => deeds.length > 0);
  const items: MenuProps['items'] = groups.flatMap(({ group, deeds }, no) => {
    const entries = deeds.map(({ id, says, keys }) => ({
      key: id,
      label: say(says),
      ...(keys === undefined ? {} : { extra: shownKey(keys[0]!) }),
    }));
    const isLong = group === 'arrange' || group === 'share';
    return [
      ...(no === 0 ? [] : [{ type: 'divider' as const }]),
      ...(isLong ? [{ key: group, label: say(GROUPS[group]), children: entries }] : entries),
    ];
  });
  const toPhase = at.graph === CAMPAIGN && at.steps.length > 0 && phases.length > 0;
  const moves = {
    key: 'phase',
    label: say({ zh: '移到阶段', en: 'Move to phase' }),
    children: phases.map(({ id, title }) => ({ key: `phase ${id}`, label: read(title, language) })),
  };
  return (
    <Dropdown
      open
      trigger={['click']}
      onOpenChange={(open) => {
        if (!open) useStage.setState({ menu: undefined });
      }}
      menu={{
        autoFocus: true,
        items: toPhase ? [...(items ?? []), moves] : items,
        onClick: ({ key }) => {
          const deed = DEEDS.find(({ id }) => id === key);
          if (deed !== undefined) perform(deed);
          if (key.startsWith('phase ')) phaseSelected(at, key.slice('phase '.length));
          useStage.setState({ menu: undefined });
        },
      }}
    >
      <span className="menu-at" style={{ left: menu.x, top: menu.y }} />
    </Dropdown>
  );
}
