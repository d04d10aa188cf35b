// A colour to choose for steps and notes: seen, and called by its name.
import { StopOutlined } from '@ant-design/icons';
import { Segmented } from 'antd';
import { COLOURS } from '../canvas/do.ts';
import { useSay, type Words } from '../say.ts';

export type Colour = (typeof COLOURS)[number];

const WORDS: Readonly<Record<Colour, Words>> = {
  sand: { zh: '沙色', en: 'Sand' },
  rose: { zh: '玫瑰色', en: 'Rose' },
  leaf: { zh: '绿色', en: 'Leaf' },
  sky: { zh: '天蓝色', en: 'Sky' },
};

const NONE = 'none';

interface Props {
  /** Undefined where there is none, or several are different. */
  readonly value: string | undefined;
  readonly change: (colour: Colour | undefined) => void;
  /** Whether there may be none. */
  readonly mayBeNone?: boolean;
}

export function Colours({ value, change, mayBeNone = false }: Props) {
  const say = useSay();
  const none: Words = { zh: '没有颜色', en: 'No colour' };
  return (
    <Segmented<string>
      aria-label={say({ zh: '颜色', en: 'Colour' })}
      value={value ?? NONE}
      options={[
        ...(mayBeNone
          ? [
              {
                value: NONE,
                title: say(none),
                label: <StopOutlined className="swatch-none" aria-label={say(none)} />,
              },
            ]
          : []),
        ...COLOURS.map((colour) => ({
          value: colour as string,
          title: say(WORDS[colour]),
          label: <span className={`swatch colour-${colour}`} aria-label={say(WORDS[colour])} role="img" />,
        })),
      ]}
      onChange={(next) => change(next === NONE ? undefined : (next as Colour))}
    />
  );
}
