// The kinds of channels as data: complete, consistent with themselves, with the database and with what providers count.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { channelKind, channelKinds } from '../../../engine/channels/index.ts';
import { fits, lengthIn, type ChannelKind } from '../../../engine/channels/kind.ts';
import { ChannelKind as Stored } from '../../../generated/prisma/enums.ts';
import { makeCheck } from '../../../server/validate.ts';

const kinds: readonly (readonly [string, ChannelKind])[] = Object.entries(channelKinds);
const keysOf = (schema: object) => Object.keys((schema as { readonly properties: object }).properties);

test('the database knows the same kinds', () => {
  expect(
    Object.values(Stored)
      .map((kind) => kind.replaceAll('_', '-'))
      .toSorted(),
  ).toEqual(Object.keys(channelKinds).toSorted());
});

test('a kind is found by its own name only', () => {
  expect(channelKind('feishu')).toBe(channelKinds.feishu);
  expect([channelKind('constructor'), channelKind('')]).toEqual([undefined, undefined]);
});

describe.each(kinds)('%s', (_name, kind) => {
  test('speaks both languages', () => {
    const words = [
      kind.label,
      kind.says,
      ...[...kind.fields, ...kind.secretFields].map(({ label }) => label),
    ];
    for (const { zh, en } of words) {
      expect(zh.length * en.length).toBeGreaterThan(0);
      expect(en).not.toMatch(/[一-龥]/);
    }
    expect(kind.says.zh).toMatch(/。$/);
    expect(kind.says.en).toMatch(/\.$/);
  });

  test('has a form field for each setting, and no other', () => {
    expect(kind.fields.map(({ key }) => key)).toEqual(keysOf(kind.config));
    expect(kind.secretFields.map(({ key }) => key)).toEqual(keysOf(kind.secret));
  });

  test('takes no settings that it does not know', () => {
    for (const schema of [kind.config, kind.secret]) {
      expect(makeCheck(schema)({ somethingElse: 1 })).toBeDefined();
    }
  });

  test('names things as its own example does', () => {
    for (const naming of [kind.names.group, kind.names.member, kind.mention]) {
      if (naming !== null) expect(naming.example).toMatch(new RegExp(naming.pattern, 'u'));
    }
  });
});

describe('lengths', () => {
  test('in bytes are those of UTF-8, in UTF-16 those of JavaScript', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(lengthIn(text, 'bytes')).toBe(Buffer.byteLength(text));
        expect(lengthIn(text, 'utf16')).toBe(text.length);
      }),
    );
    expect(lengthIn('薪🔥a', 'bytes')).toBe(8);
    expect(lengthIn('薪🔥a', 'characters')).toBe(3);
    expect(lengthIn('\ud800', 'bytes')).toBe(3);
  });

  test('of a WeCom robot count bytes: 682 Chinese characters fit, 683 do not', () => {
    expect(fits('中'.repeat(682), channelKinds.wecom.capabilities)).toBe(true);
    expect(fits('中'.repeat(683), channelKinds.wecom.capabilities)).toBe(false);
  });
});
