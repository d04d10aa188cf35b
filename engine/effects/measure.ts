// A community number against descending thresholds.
// Not the formula: see engine/metrics.ts. What was read is part of the answer's `why`, so that a decision can be reviewed.
import { defineEffect } from '../effect.ts';
import type { Measured } from '../metrics.ts';

/** Which number, over which last stretch of time, and the thresholds from the highest down. */
export interface MeasureInput {
  readonly metric: string;
  /** How far back, a day being 24 hours; absent: since the run began. */
  readonly window?: string;
  readonly bands: readonly { readonly atLeast: number }[];
}

/** The number as it stands. */
export interface MeasureFacts {
  readonly measured: Measured;
  /** Names what was kept of it, so that the number can be computed again. */
  readonly snapshot?: string;
}

export const measure = defineEffect({
  name: 'measure',
  cost: 'quick',
  harmless: true,
  codes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'else', 'unknown'],
  decide: ({ metric, bands }: MeasureInput, { measured, snapshot }: MeasureFacts) => {
    const { value, n } = measured;
    const why = { metric, value: value ?? null, n, ...(snapshot === undefined ? {} : { snapshot }) };
    if (value === undefined) return { code: 'unknown', why };
    const band = bands.findIndex(({ atLeast }) => value >= atLeast);
    return { code: BANDS[band] ?? 'else', why };
  },
});

const BANDS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] as const;
