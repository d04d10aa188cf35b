// How a test says that it needs the real PostgreSQL, Temporal or browser: by what it imports, nothing else.
export const REAL_PARTS =
  /from '[./]*support\/(database|temporal[\w-]*|home|bundle|installation|editor)\.ts'/;
