/** One sample of a scrape. */
export interface ExposedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const MAX_LINE_CHARS = 8_192;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+[-+\d.eE]+)?(?:\s+#.*)?$/;
const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"\s*(?:,|$)/y;

/**
 * The samples of a page in the text format of Prometheus (also of OpenMetrics) whose names `wanted` takes, `max` at most. Lines that
 * are no samples, and values that are no finite numbers, are left out: an exporter that shows NaN has measured nothing.
 */
export function readExposition(text: string, wanted: (name: string) => boolean, max: number): { readonly samples: readonly ExposedSample[]; readonly capped: boolean } {
  const samples: ExposedSample[] = [];
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#') || line.length > MAX_LINE_CHARS) continue;
    const end = line.search(/[{\s]/);
    if (end <= 0 || !wanted(line.slice(0, end))) continue;
    const match = SAMPLE.exec(line.trimEnd());
    const value = Number(match?.[3] ?? NaN);
    const labels = match && labelsOf(match[2] ?? '');
    if (!match || !labels || !Number.isFinite(value)) continue;
    if (samples.length >= max) return { samples, capped: true };
    samples.push({ name: match[1]!, labels, value });
  }
  return { samples, capped: false };
}

/** Undefined: they are not written as labels are. */
function labelsOf(text: string): Record<string, string> | undefined {
  const labels: Record<string, string> = {};
  const body = text.trim();
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < body.length) {
    const match = LABEL.exec(body);
    if (!match) return undefined;
    labels[match[1]!] = match[2]!.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
  }
  return labels;
}
