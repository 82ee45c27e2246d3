import { FIGURES } from './figures.js';
import type { Attendance, Plan, Role } from './plan.js';

/** What the whole fleet carries at one instant. "Up" is towards the servers. */
export interface LoadState {
  users: number;
  /** Meetings with somebody in them. */
  meetings: number;
  audioUp: number;
  audioDown: number;
  camerasUp: number;
  camerasDown: number;
  inMbps: number;
  outMbps: number;
  /** Users in the largest of the meetings that changed at this instant, and its index. */
  largest: { users: number; meeting: number };
}

/** One meeting: users by role and camera, and how many cameras a role looks at. */
interface Room {
  readonly crowd: Readonly<Record<Role, { camera: number; none: number; views: number }>>;
  users: number;
  cameras: number;
  views: number;
}

/** Walks through the plan from change to change; `visit` sees the state after all changes of an instant and must not keep it. */
export function walkLoad(plan: Plan, visit: (atMs: number, state: LoadState) => void): void {
  const rooms = plan.meetings.map((): Room => ({ crowd: { teacher: { camera: 0, none: 0, views: 0 }, pupil: { camera: 0, none: 0, views: 0 } }, users: 0, cameras: 0, views: 0 }));
  const state: LoadState = { users: 0, meetings: 0, audioUp: 0, audioDown: 0, camerasUp: 0, camerasDown: 0, inMbps: 0, outMbps: 0, largest: { users: 0, meeting: 0 } };
  const changes = changesOf(plan);
  changes.forEach(({ atMs, by, attendance }, index) => {
    const room = rooms[attendance.meeting]!;
    change(room, attendance, by, state);
    if (room.users > state.largest.users) state.largest = { users: room.users, meeting: attendance.meeting };
    if (changes[index + 1]?.atMs === atMs) return;
    state.inMbps = state.audioUp * FIGURES.audioMbps.value + state.camerasUp * FIGURES.cameraMbps.value;
    state.outMbps = state.audioDown * FIGURES.audioMbps.value + state.camerasDown * FIGURES.cameraMbps.value;
    visit(atMs, state);
    state.largest = { users: 0, meeting: 0 };
  });
}

function change(room: Room, { role, audio, webcam, cameraViews }: Attendance, by: 1 | -1, state: LoadState): void {
  const before = room.views;
  const wasEmpty = room.users === 0;
  const crowd = room.crowd[role];
  crowd[webcam ? 'camera' : 'none'] += by;
  crowd.views = cameraViews;
  room.users += by;
  if (webcam) room.cameras += by;
  room.views = viewsIn(room);
  state.users += by;
  state.meetings += wasEmpty ? 1 : room.users === 0 ? -1 : 0;
  if (audio === 'microphone') state.audioUp += by;
  if (audio !== 'none') state.audioDown += by;
  if (webcam) state.camerasUp += by;
  state.camerasDown += room.views - before;
}

/** Each user looks at the cameras of the others, at most as many as the role does. */
function viewsIn({ crowd, cameras }: Room): number {
  let views = 0;
  for (const { camera, none, views: most } of [crowd.teacher, crowd.pupil]) {
    views += none * Math.min(most, cameras) + camera * Math.min(most, Math.max(0, cameras - 1));
  }
  return views;
}

interface Change {
  readonly atMs: number;
  readonly by: 1 | -1;
  readonly attendance: Attendance;
}

/** Arrivals and departures sorted by time, departures first. */
function changesOf(plan: Plan): readonly Change[] {
  const present = plan.attendances.filter(({ dueMs, leaveMs }) => leaveMs > dueMs);
  return present
    .flatMap((attendance): Change[] => [
      { atMs: attendance.dueMs, by: 1, attendance },
      { atMs: attendance.leaveMs, by: -1, attendance },
    ])
    .sort((a, b) => a.atMs - b.atMs || a.by - b.by);
}
