// The colours of the families of steps, in degrees of hue: light and dark make their own colours of them.
import type { StepDefinition } from '../../engine/step.ts';

export const HUES: Readonly<Record<StepDefinition['family'], number>> = {
  trigger: 145,
  message: 20,
  wait: 215,
  decision: 265,
  flow: 190,
  human: 40,
  member: 320,
  guard: 0,
  report: 90,
  end: 240,
};
