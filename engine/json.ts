// JSON values, and the subset of JSON Schema that Kindling's own schemas use, with the TypeScript type each one describes.
// Not a validator: shapes are checked by ajv in compile/, and by nobody inside the sandbox.

/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A JSON object. */
export type JsonObject = { readonly [key: string]: Json };

/** A JSON Schema (2020-12 vocabulary, as ajv reads it). */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** The TypeScript type of the values a literal (`as const`) schema accepts. Unknown constructs become `Json`. */
export type FromSchema<S> = S extends { readonly $type: infer T }
  ? T
  : S extends { readonly const: infer C }
    ? C
    : S extends { readonly enum: readonly (infer E)[] }
      ? E
      : S extends { readonly type: 'string' }
        ? string
        : S extends { readonly type: 'integer' | 'number' }
          ? number
          : S extends { readonly type: 'boolean' }
            ? boolean
            : S extends { readonly type: 'array'; readonly items: infer I }
              ? readonly FromSchema<I>[]
              : S extends { readonly type: 'object'; readonly properties: infer P }
                ? FromProperties<P, S extends { readonly required: readonly (infer R)[] } ? R : never>
                : Json;

type FromProperties<P, R> = {
  readonly [K in keyof P as K extends R ? K : never]: FromSchema<P[K]>;
} & {
  readonly [K in keyof P as K extends R ? never : K]?: FromSchema<P[K]>;
};

/** A schema whose values have the TypeScript type `T`: for shapes that another module owns. */
export const typed = <T>(schema: JsonSchema): JsonSchema & { readonly $type: T } =>
  schema as JsonSchema & { readonly $type: T };
