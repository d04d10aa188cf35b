// The shapes of what the server answers about reviews.
import type { Text } from '../../engine/document.ts';

export interface Section {
  readonly heading: string;
  readonly text: string;
  readonly computed: boolean;
  /** Of its text: a save says which one it began from. */
  readonly revision: string;
}

export interface ReportHead {
  readonly id: string;
  readonly run: string;
  readonly state: 'draft' | 'in_review' | 'approved';
  readonly draftedAt: string;
  readonly dueAt: string | null;
  readonly approvedAt: string | null;
  readonly task: string | null;
}

export interface Report extends ReportHead {
  readonly data: ReviewData;
  readonly sections: Readonly<Record<string, readonly Section[]>>;
}

/** The part of a review's data that the charts draw. */
export interface ReviewData {
  readonly head: { readonly title: Text; readonly mode: 'real' | 'fast'; readonly zone: string };
  readonly goal: {
    readonly metric: string;
    readonly baseline: number | null;
    readonly target: number | null;
    readonly actual: number | null;
    readonly reached: boolean | null;
  } | null;
  readonly guardrails: readonly {
    readonly metric: string;
    readonly atMost: number | null;
    readonly actual: number | null;
    readonly kept: boolean | null;
  }[];
  readonly counts: {
    readonly reached: number;
    readonly delivered: number;
    readonly signUps: number;
    readonly failed: number;
    readonly optOuts: number;
    readonly complaints: number;
  };
  readonly messages: readonly {
    readonly node: string;
    readonly at: number;
    readonly sent: number;
    readonly withheld: Readonly<Record<string, number>>;
  }[];
  readonly steps: readonly { readonly node: string; readonly title: Text | null }[];
  readonly tasks: readonly {
    readonly title: Text;
    readonly role: string;
    readonly opened: number;
    readonly due: number;
    readonly closed: number | null;
  }[];
}
