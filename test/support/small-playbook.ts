// A small playbook for tests of the server: an anchored wait, an approval by a role, a message, an end.
import type { JsonObject } from '../../engine/json.ts';

/** Its document; a new object at each call, so that tests may change it. */
export function smallPlaybook(
  id = 'small',
): JsonObject & { graph: { nodes: JsonObject[]; edges: JsonObject[] } } {
  return {
    format: 1,
    id,
    title: { 'zh-CN': '小活动' },
    params: {
      type: 'object',
      additionalProperties: false,
      properties: { T: { type: 'string', format: 'date-time', examples: ['2027-01-10T20:00'] } },
    },
    goal: { metric: 'sign_ups', baseline: 0, target: 10, deadline: { anchor: 'T' }, guardrails: [] },
    graph: {
      nodes: [
        { id: 'start', step: 'start', config: {} },
        {
          id: 'ok',
          step: 'approval',
          config: { role: 'approver', title: { 'zh-CN': '可以开始吗？' }, due: { for: 'P2D' } },
        },
        { id: 'eve', step: 'wait-until', config: { until: { anchor: 'T', offset: '-P1D', at: '12:00' } } },
        {
          id: 'hello',
          step: 'send-message',
          config: {
            channel: 'simulator',
            audience: { groups: 'all' },
            class: 'service',
            mode: 'auto',
            text: { 'zh-CN': '明天见！' },
          },
        },
        { id: 'end', step: 'end', config: {} },
        { id: 'refused', step: 'exit', config: { reason: 'refused' } },
      ],
      edges: [
        { id: 'e1', from: 'start', port: 'out', to: 'ok' },
        { id: 'e2', from: 'ok', port: 'approved', to: 'eve' },
        { id: 'e3', from: 'ok', port: 'rejected', to: 'refused' },
        { id: 'e4', from: 'ok', port: 'expired', to: 'refused' },
        { id: 'e5', from: 'eve', port: 'reached', to: 'hello' },
        { id: 'e6', from: 'hello', port: 'sent', to: 'end' },
      ],
    },
  };
}
