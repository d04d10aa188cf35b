// Shares among the parameters: kept between 0 and 1 as the metrics are, shown and written in per cent.
// Not the input itself: see param-value.tsx.
import type { ParamSchema } from '../document/params.ts';

/** A number whose bounds say that it is a part of something whole. */
export const isShare = ({ type, minimum, maximum }: ParamSchema): boolean =>
  type === 'number' && typeof minimum === 'number' && minimum >= 0 && maximum === 1;

/** 0.081 as 8.1, without what a binary fraction adds to it. */
export const inPercent = (share: number): number => Number((share * 100).toPrecision(12));

/** 8.1 as 0.081. */
export const ofPercent = (percent: number): number => Number((percent / 100).toPrecision(12));
