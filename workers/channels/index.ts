// The providers, by the kind of their accounts: one line each, one file each.
// `simulator` and `manual` are none: the one lives within the database, by the other people post themselves.
import type { Adapter } from './channel.ts';

/** The adapters by channel kind. */
export const adapters: Readonly<Record<string, Adapter>> = {};
