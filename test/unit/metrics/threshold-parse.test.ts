import { describe, expect, it } from 'vitest';
import { parseThreshold } from '../../../src/metrics/threshold-parse.js';
import type { Threshold } from '../../../src/metrics/threshold.js';

describe('a threshold', () => {
  it.each<[string, Partial<Threshold>]>([
    ['join_time{role=pupil} p(95) < 10 s', { metric: 'join_time', tags: { role: 'pupil' }, aggregation: { of: 'percentile', percentile: 95 }, comparison: '<', limit: 10_000 }],
    ['join_failed rate < 1%', { metric: 'join_failed', tags: {}, aggregation: { of: 'rate' }, comparison: '<', limit: 0.01 }],
    ['users_lost count == 0', { metric: 'users_lost', aggregation: { of: 'count' }, comparison: '==', limit: 0 }],
    ['video_fps p(50) > 10 fps', { metric: 'video_fps', aggregation: { of: 'percentile', percentile: 50 }, comparison: '>', limit: 10 }],
    ['join_time p(99.9)<=4000ms', { aggregation: { of: 'percentile', percentile: 99.9 }, comparison: '<=', limit: 4_000 }],
    ['  join_time{ role = pupil , server = "bbb 01" }  avg  >=  1.5 m ', { expression: 'join_time{ role = pupil , server = "bbb 01" }  avg  >=  1.5 m', tags: { role: 'pupil', server: 'bbb 01' }, comparison: '>=', limit: 90_000 }],
    ['join_phase_time{phase=first_audio} max != 2 min', { tags: { phase: 'first_audio' }, comparison: '!=', limit: 120_000 }],
    ['audio_loss avg < 0.02', { limit: 0.02 }],
    ['audio_loss avg < 1.1%', { limit: 0.011 }],
    ['video_bitrate avg > 1.5 Mbit/s', { limit: 1_500 }],
    ['video_bitrate avg > 800 kbit/s', { limit: 800 }],
    ['generator_cpu last < 1.5', { aggregation: { of: 'last' }, limit: 1.5 }],
    ['generator_rss max < 2 GB', { limit: 2_000 }],
    ['video_height p(50) >= 360 px', { limit: 360 }],
    ['errors{code=MEETING_FULL} sum < 5', { tags: { code: 'MEETING_FULL' }, limit: 5 }],
    ['errors{phase=webcam} count < 5', { tags: { phase: 'webcam' } }],
    ['join_time count >= 1000', { aggregation: { of: 'count' }, limit: 1_000 }],
    ['join_failed count > 1e3', { limit: 1_000 }],
    ['join_time{} p(95) < 1 h', { tags: {}, limit: 3_600_000 }],
    ['join_failed rate <= 100%', { limit: 1 }],
    ['join_failed{server=*} rate < 1%', { tags: {}, each: 'server', limit: 0.01 }],
    ['join_failed{role=pupil,server=*} rate < 1%', { tags: { role: 'pupil' }, each: 'server' }],
    ['rtt{server="*"} p(95) < 1 s', { tags: { server: '*' } }],
    ['rtt p(95) < 200 ms per server', { each: 'server', limit: 200 }],
    ['users_lost count == 0 after 2m', { limit: 0, window: { fromMs: 120_000 } }],
    ['users_lost count == 0 until 1h30m', { window: { fromMs: 0, untilMs: 5_400_000 } }],
    ['join_failed rate < 1 per role between 90 s and 2.5 min', { each: 'role', limit: 1, window: { fromMs: 90_000, untilMs: 150_000 } }],
    ['join_time p(95) < 10 s between 08:00 and 8:15:30', { limit: 10_000, window: { fromMs: 3_600_000, untilMs: 4_530_000 } }],
    ['join_time p(95) < 10 s after 08:00 per server', { each: 'server', window: { fromMs: 3_600_000 } }],
  ])('reads %j', (expression, expected) => {
    const parsed = parseThreshold(expression, { startOfDayMs: 7 * 3_600_000 });
    expect(parsed).toMatchObject({ ok: true });
    if (parsed.ok) expect(parsed.threshold).toMatchObject({ abort: false, ...expected });
  });

  it('takes times of day to where a faster day has them, and times of the run as they are', () => {
    const parsed = parseThreshold('join_time p(95) < 10 s between 08:00 and 10m', { startOfDayMs: 7 * 3_600_000, speed: 12 });
    expect(parsed).toMatchObject({ ok: true, threshold: { window: { fromMs: 300_000, untilMs: 600_000 } } });
  });

  // The carets show offset and length of what is refused.
  it.each([
    ['join_tme p(95) < 10 s', '^^^^^^^^', 'unknown metric "join_tme"', 'did you mean "join_time"?'],
    ['zzz p(95) < 10 s', '^^^', 'unknown metric "zzz"', 'docs/metrics.md lists the metrics'],
    ['', '^', 'a threshold begins with a metric', 'for example `join_time p(95) < 10 s`'],
    ['< 10', '^', 'a threshold begins with a metric', undefined],
    ['join_time{rol=pupil} p(95) < 10 s', '          ^^^', 'unknown tag "rol"', 'did you mean "role"?'],
    ['join_time{role=pupils} p(95) < 10 s', '               ^^^^^^', '"pupils" is no role', 'did you mean "pupil"?'],
    ['join_time{kind=robot} p(95) < 10 s', '               ^^^^^', '"robot" is no kind', 'one of browser, native'],
    ['join_phase_time{phase=redy} p(95) < 10 s', '                      ^^^^', '"redy" is no phase', 'did you mean "ready"?'],
    ['errors{code=MEETING_FUL} count < 1', '            ^^^^^^^^^^^', '"MEETING_FUL" is no code', 'did you mean "MEETING_FULL"?'],
    ['join_time{role=pupil,role=teacher} p(95) < 10 s', '                     ^^^^', 'tag "role" is given twice', undefined],
    ['join_time{role} p(95) < 10 s', '              ^', '"=" and a value must follow the tag "role"', 'write {role=value}'],
    ['join_time{role=} p(95) < 10 s', '               ^', 'tag "role" has no value', 'write {role=value}'],
    ['join_time{role=""} p(95) < 10 s', '               ^^', 'tag "role" has no value', 'write {role=value}'],
    ['join_time{role=pupil p(95) < 10 s', '                     ^^^^^', 'the tags are not closed', undefined],
    ['join_time{,} p(95) < 10 s', '          ^^', 'a tag is missing', undefined],
    ['join_time', '         ^', 'an aggregation must follow the metric', undefined],
    ['join_time p95 < 10 s', '          ^^^', 'unknown aggregation "p95"', 'did you mean "p(95)"?'],
    ['join_time median < 10 s', '          ^^^^^^', 'unknown aggregation "median"', 'did you mean "p(50)"?'],
    ['join_time agv < 10 s', '          ^^^', 'unknown aggregation "agv"', 'did you mean "avg"?'],
    ['join_time p(101) < 10 s', '          ^^^^^^', '"101" is no percentile', 'a number from 0 to 100, for example p(95)'],
    ['join_time p() < 10 s', '          ^^^', '"" is no percentile', undefined],
    ['join_time p(-5) < 10 s', '          ^^^^^', '"-5" is no percentile', undefined],
    ['join_time rate < 10%', '          ^^^^', 'join_time is a histogram and has no rate', 'join_time takes p(…), avg, min, max, count, sum'],
    ['join_failed p(95) < 1%', '            ^^^^^', 'join_failed is a rate and has no percentiles', 'join_failed takes rate, count'],
    ['users_lost avg < 1', '           ^^^', 'users_lost is a counter and has no avg', 'users_lost takes count, sum'],
    ['users_present count < 1', '              ^^^^^', 'users_present is a gauge and has no count', 'users_present takes last, min, max'],
    ['join_time p(95) 10 s', '                ^^', 'a comparison must follow the aggregation', undefined],
    ['join_time p(95) =< 10 s', '                ^^', 'unknown comparison "=<"', 'did you mean "<="?'],
    ['users_lost count = 0', '                 ^', 'unknown comparison "="', 'did you mean "=="?'],
    ['join_time p(95) <', '                 ^', 'a number must follow the comparison', undefined],
    ['join_time p(95) < ten s', '                  ^^^', 'a number must follow the comparison', undefined],
    ['join_time p(95) < -1 s', '                  ^^', 'the limit must be a number from 0 upwards, got -1', undefined],
    ['join_time p(95) < 10', '                  ^^', 'the limit of join_time needs a unit', 'one of ms, s, m, min, h'],
    ['join_time p(95) < 10 %', '                     ^', '"%" does not fit join_time', 'one of ms, s, m, min, h'],
    ['join_time p(95) < 10 sec', '                     ^^^', '"sec" does not fit join_time', undefined],
    ['video_bitrate avg > 1 Mbits/s', '                      ^^^^^^^', '"Mbits/s" does not fit video_bitrate', 'did you mean "Mbit/s"?'],
    ['users_lost count < 5 s', '                     ^', '"s" does not fit users_lost', 'a count has no unit'],
    ['join_failed rate < 5', '                   ^', 'join_failed is a share: at most 1 (100%), got 5', 'did you mean 5%?'],
    ['join_time p(95) < 10 s abort', '                       ^^^^^', 'nothing may follow the limit', undefined],
    ['join_time p(95) < 10 s per', '                          ^', 'a tag must follow "per"', undefined],
    ['join_time p(95) < 10 s per sever', '                           ^^^^^', 'unknown tag "sever"', 'did you mean "server"?'],
    ['rtt{server=*} p(95) < 1 s per server', '                          ^^^', 'the threshold holds for each server already', undefined],
    ['rtt{server=*,role=*} p(95) < 1 s', '                  ^', 'the threshold holds for each server already', 'one tag with *'],
    ['rtt{server=bbb01} p(95) < 1 s per server', '                                  ^^^^^^', 'the threshold is for one server already', undefined],
    ['rtt p(95) < 1 s after 08:00', '                      ^^^^^', '08:00 is a time of day, but the scenario has no startOfDay', undefined],
    ['rtt p(95) < 1 s after', '                     ^', 'an instant must follow "after"', undefined],
    ['rtt p(95) < 1 s after lunch', '                      ^^^^^', 'an instant must follow "after"', undefined],
    ['rtt p(95) < 1 s between 1m', '                          ^', '"and" and an instant must follow', undefined],
    ['rtt p(95) < 1 s between 2m and 1m', '                               ^^', 'the end of the stretch of time is not after its beginning', undefined],
    ['rtt p(95) < 1 s until 0s', '                      ^^', 'until the beginning there is nothing', undefined],
    ['rtt p(95) < 1 s after 1m until 2m', '                         ^^^^^', 'a second stretch of time', 'one of between … and …, after …, until …'],
    ['constructor p(95) < 1', '^^^^^^^^^^^', 'unknown metric "constructor"', undefined],
  ])('refuses %j', (expression, carets, message, help) => {
    const parsed = parseThreshold(expression);
    expect(parsed).toMatchObject({ ok: false, message, offset: carets.indexOf('^'), length: carets.trimStart().length });
    if (help !== undefined) expect(parsed).toMatchObject({ help });
  });

  it('refuses a text that nobody would write', () => {
    expect(parseThreshold('x'.repeat(10_000))).toMatchObject({ ok: false, offset: 0 });
  });
});
