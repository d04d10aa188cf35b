import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolve } from '../../../engine/calendar/resolve.ts';
import {
  anchorsOf,
  checkTimeRule,
  dayWindowSchema,
  isAbsolute,
  timeRuleSchema,
  type TimeRule,
} from '../../../engine/calendar/time-rule.ts';

const ajv = new Ajv2020({ strict: false });
const fitsSchema = ajv.compile(timeRuleSchema);
const fitsWindow = ajv.compile(dayWindowSchema);

const good: TimeRule[] = [
  { anchor: 'T' },
  { anchor: 'T', offset: '-P3D', at: '12:00' },
  { anchor: 'T', offset: '-PT30M', window: { from: '22:00', to: '08:00' } },
  { at: '20:00' },
  { at: '20:00', days: ['mon', 'sun'], after: 'P1D', window: { from: '09:00', to: '21:00' } },
  { at: '00:00', after: 'PT0S' },
  { date: '2026-12-01T20:00' },
  { date: '2024-02-29T20:00:59+08:00' },
  { for: 'P1DT2H' },
  { for: 'PT0.5S' },
];

// code and place of every problem, as `code pointer`
const bad: [unknown, string[]][] = [
  [null, ['not-a-rule ']],
  ['T-3d', ['not-a-rule ']],
  [[], ['not-a-rule ']],
  [{}, ['not-a-rule ']],
  [{ offset: 'P1D' }, ['not-a-rule ']],
  [{ anchor: '' }, ['not-a-rule /anchor']],
  [{ anchor: 5 }, ['not-a-rule /anchor']],
  [{ anchor: 'T', date: '2026-12-01T20:00' }, ['many-kinds /date']],
  [{ anchor: 'T', days: ['mon'] }, ['many-kinds /days']],
  [{ date: '2026-12-01T20:00', at: '20:00' }, ['many-kinds /at']],
  [{ for: 'P1D', at: '20:00', 'x/y': 1 }, ['many-kinds /at', 'many-kinds /x~1y']],
  [{ at: '24:00' }, ['bad-time /at']],
  [{ at: '9:00' }, ['bad-time /at']],
  [{ at: '09:00\n' }, ['bad-time /at']],
  [{ at: 9 }, ['bad-time /at']],
  [{ anchor: 'T', offset: '3 days' }, ['bad-duration /offset']],
  [{ for: null }, ['bad-duration /for']],
  [{ for: '-P1D' }, ['negative /for']],
  [{ at: '09:00', after: '-PT1S' }, ['negative /after']],
  [{ anchor: 'T', offset: '-P3DT2H', at: '12:00' }, ['offset-with-time /offset']],
  [{ date: '2026-02-29T20:00' }, ['bad-date /date']],
  [{ date: '2026-12-01T25:00' }, ['bad-date /date']],
  [{ date: '2026-12-01T20:61' }, ['bad-date /date']],
  [{ date: '2026-12-01' }, ['bad-date /date']],
  [{ date: '2026-12-01T20:00+25:00' }, ['bad-date /date']],
  [{ at: '09:00', days: [] }, ['bad-days /days']],
  [{ at: '09:00', days: ['monday'] }, ['bad-days /days']],
  [{ at: '09:00', days: ['mon', 'mon'] }, ['bad-days /days']],
  [{ at: '09:00', window: { from: '09:00', to: '09:00' } }, ['empty-window /window']],
  [{ at: '09:00', window: { from: '9', to: '25:00' } }, ['bad-time /window/from', 'bad-time /window/to']],
  [{ at: '09:00', window: 'always' }, ['bad-time /window']],
  [JSON.parse('{"at":"09:00","__proto__":{}}'), ['many-kinds /__proto__']],
];

describe('a time rule', () => {
  it.each(good.map((rule) => [rule]))('%j is one', (rule) => {
    expect(checkTimeRule(rule)).toEqual([]);
    expect(fitsSchema(rule)).toBe(true);
  });

  it.each(bad)('%j is none: %j', (rule, expected) => {
    expect(checkTimeRule(rule).map(({ code, pointer }) => `${code} ${pointer}`)).toEqual(expected);
  });

  it('passes the check or is refused; nothing throws', () => {
    const text = fc.constantFrom(
      'T',
      'P1D',
      '-P3D',
      'PT1H',
      '20:00',
      '25:00',
      '2026-12-01T20:00',
      '2026-02-30T20:00',
      '',
      'mon',
    );
    const value = fc.oneof(text, fc.anything(), fc.array(text), fc.record({ from: text, to: text }));
    const rule = fc.dictionary(
      fc.constantFrom('anchor', 'offset', 'at', 'days', 'after', 'date', 'for', 'window', '__proto__'),
      value,
    );
    fc.assert(
      fc.property(fc.oneof(rule, fc.anything()), (one) => {
        if (checkTimeRule(one).length > 0) return;
        expect(fitsSchema(one), JSON.stringify(one)).toBe(true);
        const resolved = resolve(one as TimeRule, { now: 0, zone: 'Asia/Shanghai', anchors: { T: 0 } });
        expect(
          'at' in resolved || resolved.problem === 'unknown-anchor' || resolved.problem === 'out-of-range',
        ).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('has a schema for windows', () => {
    expect(fitsWindow({ from: '22:00', to: '08:00' })).toBe(true);
    expect(fitsWindow({ from: '22:00' })).toBe(false);
    expect(fitsWindow({ from: '22:00', to: '8' })).toBe(false);
  });

  it('says what it follows, and whether it moves with the visit', () => {
    expect(good.map((rule) => anchorsOf(rule).length)).toEqual([1, 1, 1, 0, 0, 0, 0, 0, 0, 0]);
    expect(good.filter((rule) => !isAbsolute(rule))).toEqual([{ for: 'P1DT2H' }, { for: 'PT0.5S' }]);
  });

  it('is defined without any library, so that steps may use it', () => {
    const imports = readFileSync('engine/calendar/time-rule.ts', 'utf8').match(/from '[^']+'/g);
    expect(imports?.sort()).toEqual(["from '../instant.ts'", "from '../json.ts'"]);
  });
});
