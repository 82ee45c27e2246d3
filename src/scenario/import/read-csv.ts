import { CsvError, parse } from 'csv-parse/sync';
import { IMPORT_LIMITS, seriesOf, summedUp, type ImportedMeeting, type ImportProblem, type ImportRead, type SeriesPoint } from './import-data.js';
import { readMoment, type Moment } from './moment.js';

const COLUMNS = {
  time: ['time', 'timestamp', 'date', 'datetime'],
  start: ['start', 'begin', 'from', 'start_time', 'starttime', 'started_at'],
  end: ['end', 'to', 'finish', 'end_time', 'endtime', 'ended_at'],
  size: ['size', 'users', 'participants', 'attendees', 'max_users', 'maxusers'],
} as const;

interface Row {
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * A table with a header: either a time and columns of users and meetings (several are summed up, as one for each server), or a list of
 * meetings with start, end and size. Comma, semicolon or tab; the header says which table it is.
 */
export function readCsv(text: string): ImportRead {
  const read = rowsOf(text);
  if (!read.ok) return { ok: false, problems: [read.problem] };
  const [header, ...rows] = read.rows;
  if (!header || rows.length === 0) return { ok: false, problems: [{ where: 'line 1', message: 'there is no row below the header' }] };
  const names = header.cells.map((cell) => cell.trim().toLowerCase());
  const column = (kind: keyof typeof COLUMNS): number => names.findIndex((name) => (COLUMNS[kind] as readonly string[]).includes(name));
  const [start, end, size, time] = [column('start'), column('end'), column('size'), column('time')];
  if (start !== -1 && end !== -1 && size !== -1) return meetingsIn(rows, header.cells, { start, end, size });
  const series = header.cells.map((name, index) => ({ index, series: index === time ? undefined : seriesOf(name) })).flatMap(({ index, series: found }) => (found ? [{ index, series: found }] : []));
  if (time !== -1 && series.some(({ series: found }) => found === 'users')) return seriesIn(rows, header.cells, time, series);
  return { ok: false, problems: [{ where: 'line 1', message: `the header has neither time and users (or bbb_meetings_participants), nor start, end and size; it has ${header.cells.map((cell) => cell.trim().slice(0, 40)).slice(0, 10).join(', ')}` }] };
}

type Rows = { readonly ok: true; readonly rows: readonly Row[] } | { readonly ok: false; readonly problem: ImportProblem };

function rowsOf(text: string): Rows {
  const first = text.slice(0, text.indexOf('\n') === -1 ? undefined : text.indexOf('\n'));
  const delimiter = [';', '\t'].find((one) => first.includes(one)) ?? ',';
  try {
    const records = parse(text, { bom: true, delimiter, info: true, trim: true, skip_empty_lines: true, relax_column_count: true, max_record_size: 100_000, to: IMPORT_LIMITS.rows + 2 }) as unknown as readonly { readonly record: readonly string[]; readonly info: { readonly lines: number } }[];
    if (records.length > IMPORT_LIMITS.rows + 1) return { ok: false, problem: { where: `line ${IMPORT_LIMITS.rows + 2}`, message: `there are more than ${IMPORT_LIMITS.rows} rows` } };
    return { ok: true, rows: records.map(({ record, info }) => ({ line: info.lines, cells: record })) };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = Number((error as CsvError & { readonly lines?: unknown }).lines);
    return { ok: false, problem: { where: Number.isFinite(line) ? `line ${line}` : 'the file', message: `is not CSV: ${error.message.slice(0, 120)}` } };
  }
}

/** Reads cells and keeps what is wrong with them. */
class Cells {
  readonly #header: readonly string[];
  readonly problems: ImportProblem[] = [];

  constructor(header: readonly string[]) {
    this.#header = header;
  }

  moment(row: Row, index: number): Moment | undefined {
    const written = row.cells[index] ?? '';
    return readMoment(written) ?? this.#wrong(row, index, `"${written.slice(0, 40)}" is no time; write 2026-01-11T07:54:00+01:00, 2026-01-11 07:54, 07:54 or Unix seconds`);
  }

  count(row: Row, index: number): number | undefined {
    const written = (row.cells[index] ?? '').trim();
    const value = written === '' ? Number.NaN : Number(written);
    return value >= 0 && value <= IMPORT_LIMITS.users ? value : this.#wrong(row, index, `"${written.slice(0, 40)}" is no number from 0 to ${IMPORT_LIMITS.users}`);
  }

  #wrong(row: Row, index: number, message: string): undefined {
    if (this.problems.length < IMPORT_LIMITS.problems) this.problems.push({ where: `line ${row.line}, column ${(this.#header[index] ?? String(index + 1)).trim().slice(0, 40)}`, message });
    return undefined;
  }

  add(row: Row, message: string): void {
    if (this.problems.length < IMPORT_LIMITS.problems) this.problems.push({ where: `line ${row.line}`, message });
  }
}

function meetingsIn(rows: readonly Row[], header: readonly string[], columns: { readonly start: number; readonly end: number; readonly size: number }): ImportRead {
  const cells = new Cells(header);
  const list = rows.flatMap((row): ImportedMeeting[] => {
    const [start, end, size] = [cells.moment(row, columns.start), cells.moment(row, columns.end), cells.count(row, columns.size)];
    if (!start || !end || size === undefined) return [];
    if (start.wall !== end.wall) cells.add(row, 'start and end must both have a time zone, or neither');
    else if (end.ms <= start.ms) cells.add(row, 'the meeting does not end after it starts');
    // A room that nobody entered is no load.
    else if (size >= 1) return [{ start, end, size: Math.round(size) }];
    return [];
  });
  if (list.length > 0 && list.some(({ start }) => start.wall !== list[0]!.start.wall)) cells.add(rows[0]!, 'some times have a time zone and some have none');
  return cells.problems.length > 0 ? { ok: false, problems: cells.problems } : { ok: true, data: { kind: 'meetings', list } };
}

function seriesIn(rows: readonly Row[], header: readonly string[], time: number, columns: readonly { readonly index: number; readonly series: 'users' | 'meetings' }[]): ImportRead {
  const cells = new Cells(header);
  const points = { users: [] as SeriesPoint[], meetings: [] as SeriesPoint[] };
  for (const row of rows) {
    const at = cells.moment(row, time);
    for (const { index, series } of columns) {
      // Tables have empty cells where a server was away.
      if (['', 'nan', 'null'].includes((row.cells[index] ?? '').trim().toLowerCase())) continue;
      const value = cells.count(row, index);
      if (at && value !== undefined) points[series].push({ at, value });
    }
  }
  const [first] = points.users;
  if (first && points.users.some(({ at }) => at.wall !== first.at.wall)) cells.add(rows[0]!, 'some times have a time zone and some have none');
  return cells.problems.length > 0 ? { ok: false, problems: cells.problems } : { ok: true, data: { kind: 'series', users: summedUp(points.users), meetings: summedUp(points.meetings) } };
}
