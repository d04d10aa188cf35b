// The visits of nodes, told apart in code and found in tables.

/** Which visit of a node. */
export interface OfVisit {
  readonly ordinal: number;
  readonly lap: number;
}

/** A key for maps of what belongs to the visits of one node. */
export const ofVisit = ({ ordinal, lap }: OfVisit): string => `${ordinal}/${lap}`;

// The run stands in the rows, behind a fence ("offset 0"): told apart from them it would tempt the planner, who thinks that
// a run has few rows, to compare each of them with each.

/** Visits of one node as rows `v`: $1 is the run, $2 the node, $3 the ordinals, $4 the laps. */
export const VISITS_OF_NODE = `(
  select $1::uuid as run, $2::int as node, v.* from unnest($3::int[], $4::bigint[]) as v (ordinal, lap) offset 0) as v`;

/** Visits of any nodes as rows `v`: $1 is the run, $2 JSON. */
export const VISITS = `(
  select $1::uuid as run, v.* from jsonb_to_recordset($2) as v (node int, ordinal int, lap bigint, dropped boolean)
  offset 0) as v`;

/** That a row of `t` belongs to a visit `v`. */
export const OF_VISIT = `t.run_id = v.run and t.node = v.node and t.ordinal = v.ordinal and t.lap = v.lap`;
