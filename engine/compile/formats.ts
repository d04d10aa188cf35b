// The formats that our schemas name: what they accept, for whatever makes validators of them.
// Those that are always true are checked elsewhere, with better words.
import { isLocalTime } from '../calendar/time-rule.ts';
import { parseDuration } from '../instant.ts';

export const formats: Readonly<Record<string, true | ((value: string) => boolean)>> = {
  duration: (value) => parseDuration(value) !== undefined,
  'local-time': isLocalTime,
  'date-time': true,
  uri: true,
  'time-zone': true,
  cron: true,
};
