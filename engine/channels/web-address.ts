// The addresses of other systems in the settings of accounts. Not whether a call may go there: workers/http/address.ts.

/** Schema of an address: no name and password in it, which would be shown wherever the address is. */
export const webAddress = {
  type: 'string',
  pattern: '^https?://[^\\s/?#@]+([/?#]|$)',
  maxLength: 2_000,
} as const;
