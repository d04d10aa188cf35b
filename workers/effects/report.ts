// The review of a run: drafted from what was recorded, then a task for people to finish and approve it.
// Asked again (a date moved), only the deadline changes: what people have written stays.
import { draftReport as decision } from '../../engine/effects/report.ts';
import { newId } from '../store/id.ts';
import { assign } from './assign.ts';
import { calendarOf } from './calendar.ts';
import { inputOf } from './config.ts';
import { reviewMarkdown } from './review-markdown.ts';
import { gatherReview } from './review.ts';
import { internal, type Answered } from './work.ts';

export const draftReport = internal(
  async (sql, batch) => {
    const { run, node, planNode } = batch;
    const input = await inputOf(sql, batch, 'draft-report');
    const calendar = await calendarOf(sql, run);
    const answers: Answered[] = [];
    for (const visit of batch.visits) {
      const answer = decision.decide(input, calendar, visit.at);
      answers.push(answer);
      if (answer.until === undefined) continue;
      const data = await gatherReview(sql, batch, { now: visit.at, metrics: input.metrics ?? [] });
      const markdown = { 'zh-CN': reviewMarkdown(data, 'zh'), en: reviewMarkdown(data, 'en') };
      await sql.query(
        `insert into report (id, team_id, run_id, node, ordinal, lap, data, markdown, drafted_at, due_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, instant_of($9), instant_of($10))
       on conflict (run_id, node, ordinal, lap) do update set due_at = excluded.due_at`,
        [
          newId(),
          run.team,
          run.id,
          node,
          visit.ordinal,
          visit.lap,
          JSON.stringify(data),
          JSON.stringify(markdown),
          visit.at,
          answer.until,
        ],
      );
      await assign(sql, batch, visit, {
        kind: 'review',
        role: input.role,
        title: planNode.title ?? { 'zh-CN': '完成复盘', en: 'Finish the review' },
        script: markdown,
        outcomes: [{ name: 'approved', label: { 'zh-CN': '批准', en: 'Approve' } }],
        dueAt: answer.until,
        remindAt: null,
      });
    }
    return answers;
  },
  { readsTrace: true },
);
