import { readWireFile, RECORDED } from '../../src/cli/wire-file.js';
import { processIo } from '../../src/cli/io.js';
import { systemClock } from '../../src/core/clock.js';
import { silentLogger } from '../../src/core/log.js';
import type { JoinPhase, Sample } from '../../src/metrics/catalogue.js';
import { NativeAttendees } from '../../src/native/attendees.js';
import { test } from './fixtures.js';
import { PartError } from './parts.js';
import { Person, until } from './person.js';

test.describe('a native user', { tag: '@native' }, () => {
  test('is heard and seen by Chromium, and counts what it receives', async ({ checks, parts, meetings, api, waitMs }) => {
    const limit = AbortSignal.timeout(6 * waitMs);
    const { profile } = await readWireFile(processIo(), process.env['SMOKE_WIRE'] || RECORDED);
    await using natives = new NativeAttendees({ api, profile, clock: systemClock, logger: silentLogger });
    const meetingId = await meetings.create(checks, 'native user');
    const witness = await Person.join(checks, parts, { name: 'Witness', role: 'MODERATOR', meetingId });
    await witness.microphone(checks);
    await witness.webcam(checks);

    const samples: Omit<Sample, 'atMs'>[] = [];
    const phases = new Set<JoinPhase>();
    const onPhase = (phase: JoinPhase): void => void phases.add(phase);
    await using native = await natives.create({ seq: 1, name: 'Native', role: 'teacher', meetingId, audio: 'microphone', webcam: true, cameraViews: 5 }, { sample: (sample) => samples.push(sample), phase: onPhase }, limit);
    await checks.look('native', 'it joins', () => native.join(onPhase, limit));
    await checks.look('native', 'it connects its microphone', () => native.connectAudio('microphone', onPhase, limit));
    await checks.look('native', 'it shares its webcam', () => native.shareWebcam(limit));

    await checks.all([
      checks.look('native', 'Chromium hears it', () => witness.hearsSound()),
      checks.look('native', 'Chromium sees it', () => witness.seesPicture(witness.cameraPart)),
      checks.look('native', 'it counts audio and video packets of Chromium', async () => {
        const most = (metric: string): number => Math.max(0, ...samples.filter((sample) => sample.metric === metric).map(({ value }) => value));
        const enough = (): boolean => phases.has('first_audio') && phases.has('first_video') && most('audio_bitrate') > 0 && most('video_fps') > 0;
        if (!(await until(waitMs, async () => enough(), Boolean)).reached) throw new PartError('native', `it received ${most('audio_bitrate').toFixed(0)} kbit/s of audio and ${most('video_fps').toFixed(0)} frames per second`);
      }),
    ]);
    await checks.look('native', 'it leaves', () => native.leave(limit));
    await witness.close();
    await meetings.end(meetingId);
  });
});
