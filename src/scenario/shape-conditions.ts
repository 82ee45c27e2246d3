import { z } from 'zod';
import { LINE_PROFILES, type CameraProfile, type LineName } from './line.js';
import { amount, choice, documented, duration, optional, share } from './shape-values.js';

/** Conditions under which users take part, in their written form: line, TURN, camera profile. */

const NAMES = Object.keys(LINE_PROFILES) as [LineName, ...LineName[]];

const LINE_ERROR = `must be one of ${NAMES.join(', ')}, or a mapping with downKbps and upKbps`;

const customLine = z.strictObject({
  downKbps: documented(amount(1, 10_000_000), { description: 'kbit/s towards the user.', examples: [6_000] }),
  upKbps: documented(amount(1, 10_000_000), { description: 'kbit/s from the user.', examples: [1_000] }),
  delay: optional(duration(), { description: 'Added to each packet, each way.', default: '0ms', examples: ['20ms'] }),
  jitter: optional(duration(), { description: 'Standard deviation of that delay.', examples: ['5ms'] }),
  loss: optional(share, { description: 'Share of packets lost, each way.', examples: ['1%'] }),
});

const line = z.union([z.enum(NAMES), customLine], { error: LINE_ERROR });

const PROFILES = ['low', 'medium', 'high'] as const satisfies readonly CameraProfile[];

export const conditions = {
  line: optional(line, { description: `Line of every user of this role that is a browser: ${NAMES.map((name) => `\`${name}\``).join(', ')}, or a mapping. Native users have the line of their machine.`, examples: ['dsl'] }),
  lines: optional(
    z
      .array(
        z.strictObject({
          line: documented(line, { description: 'Name or mapping, as `line`.', examples: ['lte'] }),
          share: documented(share, { description: 'Share of the role that has it.', examples: ['30%'] }),
        }),
        { error: 'must be a list of mappings with line and share' },
      )
      .min(1)
      .max(20),
    { description: 'Several lines, instead of `line`. Who is left over has the line of the machine.' },
  ),
  forceTurnShare: optional(share, { description: 'Share of the role whose media must go through a TURN server, as behind a strict firewall.', default: 0, examples: ['10%'] }),
  cameraProfile: optional(choice(PROFILES), { description: 'Camera profile of those who share a camera. Without it the client’s own choice.', examples: ['low'] }),
  cameraProfiles: optional(
    z.strictObject(Object.fromEntries(PROFILES.map((profile) => [profile, optional(share, { description: `Share of the role with the profile ${profile}.`, examples: ['20%'] })])) as Record<CameraProfile, z.ZodOptional<typeof share>>),
    { description: 'Several camera profiles, instead of `cameraProfile`. Who is left over takes the client’s own choice.' },
  ),
};

export type WrittenLine = z.infer<typeof line>;
