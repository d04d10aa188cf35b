// The visits of one node told apart: by ordinal and lap.

/** Which visit of a node. */
export interface OfVisit {
  readonly ordinal: number;
  readonly lap: number;
}

/** A key for maps of what belongs to the visits of one node. */
export const ofVisit = ({ ordinal, lap }: OfVisit): string => `${ordinal}/${lap}`;
