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

type Family = StepDefinition['family'];

interface Look extends Words {
  readonly icon: ReactNode;
  /** A hue in degrees; light and dark make their own colours of it. */
  readonly hue: number;
}

export const FAMILIES: Readonly<Record<Family, Look>> = {
  trigger: { zh: '开始', en: 'Begin', icon: <PlayCircleOutlined />, hue: 145 },
  message: { zh: '消息', en: 'Messages', icon: <MessageOutlined />, hue: 20 },
  wait: { zh: '等待', en: 'Waiting', icon: <ClockCircleOutlined />, hue: 215 },
  decision: { zh: '判断', en: 'Decisions', icon: <BranchesOutlined />, hue: 265 },
  flow: { zh: '流程', en: 'Flow', icon: <ApartmentOutlined />, hue: 190 },
  human: { zh: '人工', en: 'People', icon: <UserOutlined />, hue: 40 },
  member: { zh: '成员', en: 'Members', icon: <TagsOutlined />, hue: 320 },
  guard: { zh: '守护', en: 'Guards', icon: <SafetyOutlined />, hue: 0 },
  report: { zh: '复盘', en: 'Review', icon: <FileTextOutlined />, hue: 90 },
  end: { zh: '结束', en: 'End', icon: <FlagOutlined />, hue: 240 },
};
