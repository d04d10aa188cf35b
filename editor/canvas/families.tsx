// What the families of steps look like: a colour and an icon for each. The view of a node knows families, no step types.
import {
  ApartmentOutlined,
  BranchesOutlined,
  ClockCircleOutlined,
  FileTextOutlined,
  FlagOutlined,
  MessageOutlined,
  PlayCircleOutlined,
  SafetyOutlined,
  TagsOutlined,
  UserOutlined,
} from '@ant-design/icons';
import type { ReactNode } from 'react';
import type { StepDefinition } from '../../engine/step.ts';
import type { Words } from '../say.ts';
import { HUES } from './hues.ts';

type Family = StepDefinition['family'];

interface Look extends Words {
  readonly icon: ReactNode;
  /** A hue in degrees; light and dark make their own colours of it. */
  readonly hue: number;
}

export const FAMILIES: Readonly<Record<Family, Look>> = {
  trigger: { zh: '开始', en: 'Begin', icon: <PlayCircleOutlined />, hue: HUES.trigger },
  message: { zh: '消息', en: 'Messages', icon: <MessageOutlined />, hue: HUES.message },
  wait: { zh: '等待', en: 'Waiting', icon: <ClockCircleOutlined />, hue: HUES.wait },
  decision: { zh: '判断', en: 'Decisions', icon: <BranchesOutlined />, hue: HUES.decision },
  flow: { zh: '流程', en: 'Flow', icon: <ApartmentOutlined />, hue: HUES.flow },
  human: { zh: '人工', en: 'People', icon: <UserOutlined />, hue: HUES.human },
  member: { zh: '成员', en: 'Members', icon: <TagsOutlined />, hue: HUES.member },
  guard: { zh: '守护', en: 'Guards', icon: <SafetyOutlined />, hue: HUES.guard },
  report: { zh: '复盘', en: 'Review', icon: <FileTextOutlined />, hue: HUES.report },
  end: { zh: '结束', en: 'End', icon: <FlagOutlined />, hue: HUES.end },
};
