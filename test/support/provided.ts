// What the global set-up hands to the tests.
declare module 'vitest' {
  interface ProvidedContext {
    /** Connection string of the PostgreSQL of this run, as its owner. */
    databaseUrl: string;
    /** The Temporal server of this run. */
    temporal: { address: string; namespace: string };
  }
}

export {};
