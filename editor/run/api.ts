// What the pages of runs say to the server. Not how it is said: see ../api.ts.
import type { Playbook } from '../../engine/document.ts';
import type { JsonObject } from '../../engine/json.ts';
import { ask } from '../api.ts';
import type { Entered, Entrances, TurnedAway } from './door-shapes.ts';
import type { Report, ReportHead, Section } from './review-shapes.ts';
import type {
  AuditEntry,
  Changes,
  Colleague,
  Community,
  Decision,
  Delivery,
  DeliveryGroup,
  Invitation,
  LaunchOrder,
  Launching,
  ListedRun,
  Notice,
  Order,
  Overview,
  Preview,
  Published,
  RunStatus,
  Standing,
  Story,
  StuckVisit,
  Task,
  TaskDetail,
  Upcoming,
  MemberStory,
} from './shapes.ts';

const run = (id: string, rest = ''): string => `/api/runs/${encodeURIComponent(id)}${rest}`;
const part = encodeURIComponent;

export const runs = {
  list: (playbook?: string) =>
    ask<{ readonly runs: readonly ListedRun[] }>(
      'GET',
      `/api/runs?limit=100${playbook === undefined ? '' : `&playbook=${part(playbook)}`}`,
    ),
  overview: (id: string) => ask<Overview>('GET', run(id)),
  document: (playbook: string, version: number) =>
    ask<{ readonly document: Playbook }>('GET', `/api/playbooks/${part(playbook)}/versions/${version}`),
  stuck: (id: string) => ask<{ readonly stuck: readonly StuckVisit[] }>('GET', run(id, '/stuck')),
  standing: (id: string, node: string) =>
    ask<{ readonly visits: readonly Standing[] }>('GET', run(id, `/nodes/${part(node)}`)),
  story: (id: string, graph: string, ordinal: number) =>
    ask<Story>('GET', run(id, `/subjects/${part(graph)}/${ordinal}`)),
  member: (id: string, member: string) => ask<MemberStory>('GET', run(id, `/members/${part(member)}`)),
  entrances: (id: string) => ask<Entrances>('GET', run(id, '/entrances')),
  entered: (id: string, journey: string, before?: number) =>
    ask<{ readonly members: readonly Entered[]; readonly next: number | null }>(
      'GET',
      `${run(id, '/entered')}?journey=${part(journey)}&limit=50${before === undefined ? '' : `&before=${before}`}`,
    ),
  turnedAway: (id: string, journey: string, after?: string) =>
    ask<{ readonly members: readonly TurnedAway[]; readonly next: string | null }>(
      'GET',
      `${run(id, '/turned-away')}?journey=${part(journey)}&limit=50${after === undefined ? '' : `&after=${part(after)}`}`,
    ),
  closeDoor: (id: string, journey: string) =>
    ask<object>('POST', run(id, `/entrances/${part(journey)}/close`)),
  deliveries: (id: string) =>
    ask<{ readonly deliveries: readonly DeliveryGroup[] }>('GET', run(id, '/deliveries')),
  letters: (id: string, node: string) =>
    ask<{ readonly deliveries: readonly Delivery[] }>(
      'GET',
      `/api/deliveries?run=${part(id)}&node=${part(node)}&limit=100`,
    ),
  sayOutcome: (message: string, recipient: string, outcome: 'sent' | 'failed') =>
    ask<object>('POST', `/api/deliveries/${part(message)}/resolve`, { recipient, outcome }),
  order: (id: string, order: Order) => ask<object>('POST', run(id, '/control'), order),
  preview: (id: string, order: Order) => ask<Preview>('POST', run(id, '/control/preview'), order),
  decideStuck: (id: string, decision: JsonObject) => ask<object>('POST', run(id, '/stuck'), decision),
  audit: (id: string) => ask<{ readonly entries: readonly AuditEntry[] }>('GET', run(id, '/audit')),
  reports: (id: string) => ask<{ readonly reports: readonly ReportHead[] }>('GET', run(id, '/reports')),
  upcoming: (id?: string) =>
    ask<{ readonly upcoming: readonly Upcoming[] }>(
      'GET',
      `/api/upcoming${id === undefined ? '' : `?run=${part(id)}`}`,
    ),
  launch: (order: LaunchOrder) =>
    ask<{ readonly id: string; readonly status: RunStatus }>('POST', '/api/runs', order),
};

export const launching = {
  changes: (playbook: string) => ask<Changes>('GET', `/api/playbooks/${part(playbook)}/changes`),
  publish: (playbook: string, revision: number, note: string) =>
    ask<Published>('POST', `/api/playbooks/${part(playbook)}/publish`, {
      revision,
      ...(note === '' ? {} : { note }),
    }),
  asks: (playbook: string) => ask<Launching>('GET', `/api/playbooks/${part(playbook)}/launching`),
  communities: () => ask<{ readonly communities: readonly Community[] }>('GET', '/api/communities'),
};

export const work = {
  mine: () => ask<{ readonly tasks: readonly Task[] }>('GET', '/api/tasks'),
  ofRun: (id: string) =>
    ask<{ readonly tasks: readonly Task[] }>('GET', `/api/tasks?all=true&run=${part(id)}`),
  task: (id: string) => ask<TaskDetail>('GET', `/api/tasks/${part(id)}`),
  accept: (id: string) => ask<object>('POST', `/api/tasks/${part(id)}/accept`),
  decide: (id: string, decision: Decision) =>
    ask<{ readonly state: 'done' | 'counted' }>('POST', `/api/tasks/${part(id)}/decide`, decision),
  upload: (id: string, file: Blob) =>
    ask<{ readonly evidence: string }>('POST', `/api/tasks/${part(id)}/evidence`, file),
  notices: () => ask<{ readonly notices: readonly Notice[] }>('GET', '/api/notices?limit=50'),
  noticesOf: (playbook: string) =>
    ask<{ readonly notices: readonly Notice[] }>('GET', `/api/notices?limit=5&playbook=${part(playbook)}`),
  seen: (id: number) => ask<object>('POST', `/api/notices/${id}/seen`),
};

export const reviews = {
  report: (id: string) => ask<Report>('GET', `/api/reports/${part(id)}`),
  write: (
    id: string,
    locale: string,
    { heading, text, from }: { readonly heading: string; readonly text: string; readonly from: string },
  ) =>
    ask<{ readonly sections: readonly Section[] }>('PUT', `/api/reports/${part(id)}/sections`, {
      locale,
      sections: { [heading]: text },
      revisions: { [heading]: from },
    }),
  submit: (id: string) => ask<object>('POST', `/api/reports/${part(id)}/submit`),
};

export const team = {
  colleagues: () => ask<{ readonly users: readonly Colleague[] }>('GET', '/api/users'),
  invitations: () => ask<{ readonly invitations: readonly Invitation[] }>('GET', '/api/invitations'),
  invite: (roles: readonly string[], email: string) =>
    ask<{ readonly link: string }>('POST', '/api/invitations', {
      roles,
      ...(email === '' ? {} : { email }),
    }),
  uninvite: (id: string) => ask<object>('DELETE', `/api/invitations/${part(id)}`),
  change: (id: string, change: { readonly roles?: readonly string[]; readonly disabled?: boolean }) =>
    ask<object>('PATCH', `/api/users/${part(id)}`, change),
};
