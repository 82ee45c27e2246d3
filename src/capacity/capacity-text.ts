import { downAsWhole, headroomBelow, type Capacity, type Held } from './capacity.js';
import type { FirstBroken } from './first-broken.js';

const round = (value: number): string => Math.round(value).toLocaleString('en');
const percent = (share: number): string => `${(share * 100).toFixed(share > 0.99 || share < 0.01 ? 1 : 0)} %`;
/** Never 100 % of what is only believed. */
const believed = (share: number): string => (share > 0.999 ? 'more than 99.9 %' : share < 0.001 ? 'less than 0.1 %' : percent(share));

/** Of a load that was not held, how many are held is not known, only that it is fewer. */
const usersHeld = ({ answer, users, exact }: Held): string => (answer.kind === 'none' ? `fewer than ${round(answer.tried)} users` : `${exact ? '' : 'at least '}${round(users)} users`);
const headroomOf = ({ answer, headroom, exact, required }: Held): string => (answer.kind === 'none' ? `less than ${headroomBelow(answer.tried, required).toFixed(2)}` : `${exact ? '' : 'at least '}${headroom.toFixed(2)}`);

/** `capacity.txt`: the answer for a terminal. */
export function capacityText(capacity: Capacity): string {
  const { answer, required, firstBroken, oneServerDown } = capacity;
  const lines = [headline(capacity)];
  if ('knee' in answer) lines.push(`Knee: ${round(answer.knee.users)} users; ${percent(answer.knee.level)} interval ${round(answer.knee.low)} to ${round(answer.knee.high)}${answer.kind === 'unsure' ? '; wider than asked for, the number of steps was used up' : ''}`);
  lines.push(`Headroom: ${headroomOf(capacity)} times the required ${round(required)}`);
  if (firstBroken) lines.push(`First to break: ${firstToBreak(firstBroken)}`);
  if (oneServerDown) {
    const { servers, how, out = [] } = oneServerDown;
    const held = downAsWhole(capacity, oneServerDown);
    lines.push(`With ${servers === 1 ? 'one server' : `${servers} servers`} down: ${usersHeld(held)}, headroom ${headroomOf(held)} (${how === 'measured' ? `measured${out.length === 0 ? '' : ` without ${out.join(', ')}`}` : 'computed, not measured'})`);
  }
  for (const { model, rmsMs, atRequired } of capacity.fits) lines.push(`${model === 'usl' ? 'Universal Scalability Law' : 'Linear'}, per server: join p95 of ${round(atRequired.waitMs)} ms with ${round(atRequired.users)} users on the fullest${atRequired.extrapolated ? ' (extrapolated)' : ''}, off by ${round(rmsMs)} ms (root mean square) where it was measured`);
  for (const { title, needed, allowed, unit } of capacity.limits.filter(({ level }) => level === 'breaks' || level === 'warning')) lines.push(`Known limit at ${round(required)} (computed): ${title}, ${needed} of ${allowed} ${unit}`);
  for (const step of capacity.steps) lines.push(`  ${round(step.users).padStart(7)} users  ${step.outcome.padEnd(11)} ${step.firstBroken ?? ''}${step.steady === false ? ' (not steady)' : ''}`.trimEnd());
  return `${lines.join('\n')}\n`;
}

function firstToBreak({ users, expression, server, servers, phase, steps }: FirstBroken): string {
  const said = (count: number, of: number): string => (steps === undefined ? '' : ` (${count} of ${of})`);
  const where = servers === 'all' ? 'on all servers alike' : servers === 'some' ? 'on some servers, none of which stands out' : server === undefined ? undefined : `on ${server}`;
  const parts = [
    `${expression}, from ${round(users)} users on${steps === undefined ? '' : `; first in ${steps.threshold} of ${steps.broke} steps that broke`}`,
    ...(where === undefined ? [] : [`${where}${said(steps?.server ?? 0, steps?.threshold ?? 0)}`]),
    ...(phase === undefined ? [] : [`phase: ${phase}${said(steps?.phase ?? 0, steps?.threshold ?? 0)}`]),
  ];
  return parts.join('; ');
}

function headline({ answer, users, required, verdict, confidence, asked }: Capacity): string {
  const who = asked.onlyServer === undefined ? 'the fleet' : `the server ${asked.onlyServer}`;
  const sure = confidence === undefined ? '' : `; ${believed(confidence)} sure that it holds them more often than not`;
  switch (verdict) {
    case 'holds':
      return `Yes: ${who} holds ${round(required)} users${sure || `; ${round(users)} were held, and nothing broke`}.`;
    case 'does-not-hold':
      return `No: ${who} does not hold ${round(required)} users${sure || '; not even the least load tried was held'}.`;
    case 'not-known':
      if (answer.kind === 'knee') return `Not known whether ${who} holds ${round(required)} users: that is within the interval in which it begins to break${sure}.`;
      if ('users' in answer && answer.users >= required) return `Not known whether ${who} holds ${round(required)} users: ${confidence === undefined ? 'nothing broke, but the steps were used up before so many had been tried often enough' : `some steps with about so many held, and some broke${sure}`}.`;
      return answer.kind === 'generator' ? `Not known: the generator broke first; at least ${round(users)} were held.` : `Not known whether ${who} holds ${round(required)} users: the steps were used up${sure || `; at least ${round(users)} were held, nothing broke below`}.`;
  }
}
