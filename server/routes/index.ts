// All routes. Each file owns one resource; the table of server/access.ts says who may use them.
import type { FastifyInstance } from 'fastify';
import type { Deps } from '../route.ts';
import { attributeRoutes } from './attributes.ts';
import { channelRoutes } from './channels.ts';
import { checkRoutes } from './check.ts';
import { communityRoutes } from './communities.ts';
import { controlRoutes } from './control.ts';
import { eventSourceRoutes } from './event-sources.ts';
import { deliveryRoutes } from './deliveries.ts';
import { editorRoutes } from './editor.ts';
import { erasureRoutes } from './erasure.ts';
import { mergingRoutes } from './merging.ts';
import { entranceRoutes } from './entrances.ts';
import { evidenceRoutes } from './evidence.ts';
import { exportRoutes } from './export.ts';
import { eventRoutes } from './events.ts';
import { formRoutes } from './forms.ts';
import { healthRoutes } from './health.ts';
import { importRoutes } from './imports.ts';
import { invariantRoutes } from './invariants.ts';
import { liveRoutes } from './live.ts';
import { memberPageRoutes } from './member-pages.ts';
import { memberDetailRoutes } from './member-details.ts';
import { memberRoutes } from './members.ts';
import { noticePreferenceRoutes } from './notice-preferences.ts';
import { metricRoutes } from './metrics.ts';
import { noticeRoutes } from './notices.ts';
import { pageRoutes } from './pages.ts';
import { peopleRoutes } from './people.ts';
import { playbookRoutes } from './playbooks.ts';
import { recoveryRoutes } from './recovery.ts';
import { reportRoutes } from './reports.ts';
import { revisionRoutes } from './revisions.ts';
import { runRoutes } from './runs.ts';
import { scheduleRoutes } from './schedules.ts';
import { staffPageRoutes } from './staff-pages.ts';
import { segmentRoutes } from './segments.ts';
import { sessionRoutes } from './session.ts';
import { stayRoutes } from './stays.ts';
import { taskRoutes } from './tasks.ts';
import { templateRoutes } from './templates.ts';
import { triggerRoutes } from './triggers.ts';
import { upcomingRoutes } from './upcoming.ts';
import { versionRoutes } from './versions.ts';
import { visitRoutes } from './visits.ts';

const REGISTER = [
  healthRoutes,
  pageRoutes,
  editorRoutes,
  memberPageRoutes,
  staffPageRoutes,
  sessionRoutes,
  peopleRoutes,
  checkRoutes,
  playbookRoutes,
  versionRoutes,
  revisionRoutes,
  templateRoutes,
  runRoutes,
  visitRoutes,
  upcomingRoutes,
  controlRoutes,
  entranceRoutes,
  recoveryRoutes,
  invariantRoutes,
  liveRoutes,
  taskRoutes,
  evidenceRoutes,
  formRoutes,
  reportRoutes,
  eventRoutes,
  eventSourceRoutes,
  memberRoutes,
  memberDetailRoutes,
  attributeRoutes,
  segmentRoutes,
  stayRoutes,
  importRoutes,
  exportRoutes,
  erasureRoutes,
  mergingRoutes,
  communityRoutes,
  channelRoutes,
  deliveryRoutes,
  metricRoutes,
  noticeRoutes,
  noticePreferenceRoutes,
  scheduleRoutes,
  triggerRoutes,
];

/** Registers every route. */
export function routes(app: FastifyInstance, deps: Deps): void {
  for (const register of REGISTER) register(app, deps);
}
