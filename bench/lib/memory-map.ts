import { readFile } from 'node:fs/promises';

/** Memory of a process by who holds it, MB. */
export interface MappedMemory {
  /** Proportional set size of all. */
  readonly pssMb: number;
  /** What the C library's `malloc` has asked of the kernel: in use, and free for the next who asks. It grows only when nothing free fits. */
  readonly mallocMb: number;
  /** The part of it that was ever touched, as PSS. */
  readonly mallocPssMb: number;
}

interface Mapping {
  readonly start: number;
  readonly end: number;
  readonly permissions: string;
  readonly name: string;
  pssKb: number;
}

/** `HEAP_MAX_SIZE` of glibc: what a thread's arena reserves at a time, aligned to its size; the end is made accessible as it grows. */
const ARENA = 64 * 2 ** 20;
const KB_PER_MB = 1024;
const MB = 2 ** 20;

/** Undefined: the process has ended. With another C library than glibc only the main heap is recognised. */
export async function mappedMemory(pid: number): Promise<MappedMemory | undefined> {
  const text = await readFile(`/proc/${pid}/smaps`, 'utf8').catch(() => '');
  return text === '' ? undefined : parseSmaps(text);
}

export function parseSmaps(text: string): MappedMemory {
  const mappings = mappingsOf(text);
  const malloc = mappings.filter((mapping, index) => mapping.name === '[heap]' || isArena(mapping, mappings[index + 1]));
  const sum = (of: readonly Mapping[], value: (mapping: Mapping) => number): number => of.reduce((total, one) => total + value(one), 0);
  return {
    pssMb: sum(mappings, ({ pssKb }) => pssKb) / KB_PER_MB,
    mallocMb: sum(malloc, ({ start, end }) => end - start) / MB,
    mallocPssMb: sum(malloc, ({ pssKb }) => pssKb) / KB_PER_MB,
  };
}

function mappingsOf(text: string): readonly Mapping[] {
  const mappings: Mapping[] = [];
  for (const line of text.split('\n')) {
    const head = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \S+ *(.*)$/.exec(line);
    if (head) mappings.push({ start: Number.parseInt(head[1]!, 16), end: Number.parseInt(head[2]!, 16), permissions: head[3]!, name: head[4]!, pssKb: 0 });
    else if (line.startsWith('Pss:') && mappings.length > 0) mappings.at(-1)!.pssKb = Number(/\d+/.exec(line)?.[0] ?? 0);
  }
  return mappings;
}

/** An arena: aligned, and accessible memory and the reserve behind it are together as large as one. */
function isArena({ start, end, permissions, name }: Mapping, next: Mapping | undefined): boolean {
  if (name !== '' || permissions !== 'rw-p' || start % ARENA !== 0) return false;
  return end - start === ARENA || (next !== undefined && next.start === end && next.name === '' && next.permissions === '---p' && next.end === start + ARENA);
}
