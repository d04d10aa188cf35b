// A playbook in which every member waits for a payment, and is noted when it comes. For benchmarks of many who wait.
import type { Playbook } from '../engine/document.ts';
import { graphOf, playbook } from '../test/support/temporal-play.ts';

/** A token for each of them, with a deadline and a listener. */
export const waiting: Playbook = playbook(
  {
    start: ['start', {}, { out: 'go' }],
    go: ['journey', { journey: 'members', wait: true, within: 'P30D' }, { done: 'end' }],
    end: ['end'],
  },
  {
    journeys: {
      members: {
        title: { 'zh-CN': '旅程', en: 'Journey' },
        graph: graphOf({
          in: ['enter', {}, { out: 'pay' }],
          pay: [
            'wait-for-event',
            { topics: [{ event: 'order.paid', port: 'paid' }], within: 'P20D' },
            { paid: 'note', timeout: 'lost' },
          ],
          note: ['tag', { add: ['paid'] }, { done: 'out' }],
          out: ['end', { reason: 'paid' }],
          lost: ['end', { reason: 'timeout' }],
        }),
      },
    },
  },
);
