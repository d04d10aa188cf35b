// Who may do what: one table from route to permission, and the one check that every request passes before anything else happens.
// Not who somebody is (identity/), and not which rows they see: every query names the team.
import type { Role } from '../generated/prisma/enums.ts';
import type { Identity } from './identity/identity.ts';

/** The roles behind each permission. `public` needs no identity at all. */
const permissions = {
  public: [],
  /** Whoever belongs to the team. */
  team: ['owner', 'designer', 'operator', 'approver'],
  /** Draws and publishes playbooks. */
  design: ['owner', 'designer'],
  /** Launches and steers activities, keeps communities. */
  operate: ['owner', 'operator'],
  /** People, keys, and who may do what. */
  manage: ['owner'],
} as const satisfies Readonly<Record<string, readonly Role[]>>;

export type Permission = keyof typeof permissions;

/** Every route of the server. A route without an entry cannot be registered. */
export const access = {
  'GET /': 'public',
  'GET /assets/:name': 'public',
  'GET /healthz': 'public',
  'GET /metrics': 'team',
  'GET /setup': 'public',
  'GET /setup.js': 'public',
  'GET /docs': 'public',
  'GET /docs/': 'public',
  'GET /docs/json': 'public',
  'GET /docs/yaml': 'public',
  'GET /docs/*': 'public',
  'GET /docs/static/*': 'public',
  'GET /docs/static/index.html': 'public',
  'GET /docs/static/swagger-initializer.js': 'public',
  'GET /m/opt-out': 'public',
  'GET /m/:token': 'public',
  'POST /m/:token': 'public',
  'GET /s/:token': 'public',
  'POST /s/:token': 'public',
  'POST /api/setup': 'public',
  'POST /api/login': 'public',
  'POST /api/logout': 'public',
  'POST /api/invitations/accept': 'public',
  'POST /api/invitations/look': 'public',
  'GET /api/me': 'team',
  'GET /api/invitations': 'manage',
  'POST /api/invitations': 'manage',
  'DELETE /api/invitations/:id': 'manage',
  'GET /api/users': 'team',
  'PATCH /api/users/:id': 'manage',
  'GET /api/api-keys': 'manage',
  'POST /api/api-keys': 'manage',
  'DELETE /api/api-keys/:id': 'manage',
  'GET /api/audit': 'manage',
  'GET /api/invariants': 'manage',
  'POST /api/check': 'team',
  'GET /api/registry': 'team',
  'POST /api/rehearse': 'team',
  'GET /api/steps': 'team',
  'GET /api/playbooks': 'team',
  'POST /api/playbooks': 'design',
  'GET /api/playbooks/:id': 'team',
  'GET /api/playbooks/:id/draft': 'team',
  'PUT /api/playbooks/:id/draft': 'design',
  'POST /api/playbooks/:id/publish': 'design',
  'GET /api/playbooks/:id/changes': 'team',
  'GET /api/playbooks/:id/versions': 'team',
  'GET /api/playbooks/:id/versions/:number': 'team',
  'GET /api/playbooks/:id/launching': 'team',
  'GET /api/playbooks/:id/revisions': 'team',
  'GET /api/playbooks/:id/revisions/:revision': 'team',
  'GET /api/templates': 'team',
  'GET /api/templates/:id': 'team',
  'POST /api/templates': 'design',
  'DELETE /api/templates/:id': 'design',
  'GET /api/runs': 'team',
  'POST /api/runs': 'operate',
  'GET /api/runs/:id': 'team',
  'GET /api/runs/:id/nodes/:node': 'team',
  'GET /api/runs/:id/subjects/:graph/:ordinal': 'team',
  'GET /api/upcoming': 'team',
  'GET /api/runs/:id/stuck': 'team',
  'GET /api/runs/:id/late': 'team',
  'GET /api/runs/:id/members/:member': 'team',
  'GET /api/runs/:id/turned-away': 'team',
  'GET /api/runs/:id/entrances': 'team',
  'GET /api/runs/:id/entered': 'team',
  'POST /api/runs/:id/entrances/:journey/close': 'operate',
  'POST /api/runs/:id/stuck': 'operate',
  'POST /api/runs/:id/recover': 'operate',
  'POST /api/recover': 'operate',
  'GET /api/runs/:id/deliveries': 'team',
  'GET /api/deliveries': 'team',
  'POST /api/deliveries/:id/resolve': 'operate',
  'GET /api/runs/:id/audit': 'team',
  'GET /api/runs/:id/trace': 'team',
  'GET /api/runs/:id/live': 'team',
  'POST /api/runs/:id/control': 'operate',
  'POST /api/runs/:id/control/preview': 'operate',
  'PUT /api/runs/:id/roles': 'operate',
  'GET /api/runs/:id/forms': 'team',
  'GET /api/runs/:id/reports': 'team',
  'GET /api/tasks': 'team',
  'GET /api/tasks/:id': 'team',
  'POST /api/tasks/:id/accept': 'team',
  'POST /api/tasks/:id/decide': 'team',
  'POST /api/tasks/:id/evidence': 'team',
  'GET /api/evidence/:id': 'team',
  'GET /api/forms/:id': 'team',
  'GET /api/forms/:id/answers': 'operate',
  'POST /api/forms/:id/answers': 'operate',
  'POST /api/events': 'operate',
  'GET /api/event-sources': 'team',
  'POST /api/event-sources': 'manage',
  'PATCH /api/event-sources/:id': 'manage',
  'GET /api/members': 'team',
  'POST /api/members': 'operate',
  'GET /api/members/:id': 'team',
  'PATCH /api/members/:id': 'operate',
  'POST /api/members/:id/consents': 'operate',
  'DELETE /api/members/:id/consents/:purpose': 'operate',
  'POST /api/members/:id/opt-outs': 'operate',
  'GET /api/members/:id/page': 'operate',
  'DELETE /api/members/:id/links': 'operate',
  'POST /api/members/:id/tags': 'operate',
  'DELETE /api/members/:id/tags/:tag': 'operate',
  'POST /api/members/:id/identities': 'operate',
  'DELETE /api/members/:id/identities/:identity': 'operate',
  'DELETE /api/members/:id/opt-outs': 'operate',
  'GET /api/attributes': 'team',
  'PUT /api/attributes/:key': 'operate',
  'DELETE /api/attributes/:key': 'operate',
  'GET /api/segments': 'team',
  'POST /api/segments': 'operate',
  'POST /api/segments/preview': 'operate',
  'GET /api/segments/:id': 'team',
  'PUT /api/segments/:id': 'operate',
  'DELETE /api/segments/:id': 'operate',
  'POST /api/segments/:id/snapshots': 'operate',
  'GET /api/snapshots/:id': 'team',
  'POST /api/groups/:id/leave': 'operate',
  'POST /api/members/:id/erase': 'operate',
  'POST /api/members/:id/merge': 'operate',
  'GET /api/members/export': 'operate',
  'GET /api/imports': 'operate',
  'POST /api/imports': 'operate',
  'GET /api/imports/:id': 'operate',
  'PUT /api/imports/:id/rows': 'operate',
  'GET /api/imports/:id/faults': 'operate',
  'GET /api/forms/:id/page': 'operate',
  'GET /api/communities': 'team',
  'POST /api/communities': 'operate',
  'GET /api/groups': 'team',
  'POST /api/groups': 'operate',
  'PATCH /api/groups/:id': 'operate',
  'POST /api/groups/:id/members': 'operate',
  'GET /api/channel-kinds': 'team',
  'GET /api/channels': 'team',
  'POST /api/channels': 'manage',
  'GET /api/channels/:id': 'team',
  'PATCH /api/channels/:id': 'manage',
  'PUT /api/channels/:id/secret': 'manage',
  'PUT /api/channels/:id/sender': 'manage',
  'POST /api/channels/:id/test': 'operate',
  'GET /api/me/notices': 'team',
  'PUT /api/me/notices': 'team',
  'GET /api/reports/:id': 'team',
  'GET /api/reports/:id/markdown': 'team',
  'PUT /api/reports/:id/sections': 'operate',
  'POST /api/reports/:id/submit': 'operate',
  'GET /api/metrics': 'team',
  'POST /api/metrics/compute': 'team',
  'GET /api/metrics/snapshots': 'team',
  'GET /api/metrics/snapshots/:id': 'team',
  'GET /api/notices': 'team',
  'GET /api/staff-messages': 'team',
  'POST /api/notices/:id/seen': 'team',
  'GET /api/schedules': 'team',
  'POST /api/schedules': 'operate',
  'DELETE /api/schedules/:id': 'operate',
  'GET /api/triggers': 'team',
  'POST /api/triggers': 'operate',
  'GET /api/triggers/:id/launches': 'team',
  'DELETE /api/triggers/:id': 'operate',
} as const satisfies Readonly<Record<string, Permission>>;

/** A route of the table, as `METHOD /path`. */
export type RouteKey = keyof typeof access;

/** True for an entry of the table. */
export const isRoute = (key: string): key is RouteKey => Object.hasOwn(access, key);

/** Reading the head of a page needs what reading the page needs. */
export const routeKey = (method: string, url: string): string =>
  `${method === 'HEAD' ? 'GET' : method} ${url}`;

/** What the check says about a request. */
export type Verdict = 'allowed' | 'unauthenticated' | 'not-found';

/**
 * The one access check. Somebody without the right gets the answer that a route which does not exist gives,
 * and so does whoever is not known: nobody learns from a refusal what there is.
 */
export function check(key: string | undefined, who: Identity | undefined): Verdict {
  const permission = key !== undefined && isRoute(key) ? access[key] : undefined;
  if (permission === 'public') return 'allowed';
  if (who === undefined) return 'unauthenticated';
  if (permission === undefined) return 'not-found';
  const allowed: readonly Role[] = permissions[permission];
  return allowed.some((role) => who.roles.includes(role)) ? 'allowed' : 'not-found';
}
