// What a value of a document is, where its shape cannot be counted on.
import type { Json, JsonObject } from '../engine/json.ts';

export const isRecord = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value that is filled in at launch: `{ "param": "name" }`. */
export const isParam = (value: Json | undefined): value is { readonly param: string } =>
  isRecord(value) && typeof value['param'] === 'string' && Object.keys(value).length === 1;
