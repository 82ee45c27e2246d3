import { readFile, readdir, readlink } from 'node:fs/promises';

export interface TreeUsage {
  /** User and system time of the processes alive now and of the children that they have waited for, seconds. */
  readonly cpuSeconds: number;
  /** Proportional set size: shared pages are divided among who shares them. */
  readonly pssMb: number;
  readonly processes: number;
  /** Open sockets; of a process with many open files estimated from a sample of them. */
  readonly sockets: number;
  /** Open files of any sort, sockets among them. */
  readonly files: number;
}

interface ProcessLine {
  readonly parent: number;
  readonly cpuTicks: number;
}

/** Linux counts in 1/100 s (USER_HZ) whatever the kernel's own rate is. */
const TICKS_PER_SEC = 100;
/** Files of one process that are looked at. */
const FILES_LOOKED_AT = 256;

/** CPU and memory of process trees except for some branches, from /proc. On systems without /proc nothing is known: undefined. */
export async function usageOfTrees(roots: readonly number[], without: readonly number[] = []): Promise<TreeUsage | undefined> {
  const all = await readProcesses();
  if (!all) return undefined;
  const members = membersOf(all, roots, without);
  let cpuTicks = 0;
  let pssKb = 0;
  let sockets = 0;
  let files = 0;
  for (const pid of members) {
    cpuTicks += all.get(pid)!.cpuTicks;
    pssKb += await pssOf(pid);
    const open = await openFilesOf(pid);
    sockets += open.sockets;
    files += open.files;
  }
  return { cpuSeconds: cpuTicks / TICKS_PER_SEC, pssMb: pssKb / 1024, processes: members.size, sockets, files };
}

/** The processes that `pid` started and that are alive; none where there is no /proc. */
export async function childrenOf(pid: number): Promise<readonly number[]> {
  const all = (await readProcesses()) ?? new Map<number, ProcessLine>();
  return [...all].filter(([, { parent }]) => parent === pid).map(([child]) => child);
}

/** The pids of the trees: roots that are alive and everything below them, without the branches named. */
export function membersOf(all: ReadonlyMap<number, { readonly parent: number }>, roots: readonly number[], without: readonly number[] = []): ReadonlySet<number> {
  const children = new Map<number, number[]>();
  for (const [pid, { parent }] of all) children.set(parent, [...(children.get(parent) ?? []), pid]);
  const members = new Set<number>();
  const open = roots.filter((pid) => all.has(pid));
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    if (members.has(pid) || without.includes(pid)) continue;
    members.add(pid);
    open.push(...(children.get(pid) ?? []));
  }
  return members;
}

/** When a process was started, in ticks since its machine was. Undefined: it has ended, whether or not anybody has asked how, or there is no /proc. */
export async function startTicksOf(pid: number): Promise<number | undefined> {
  const fields = fieldsOf(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''));
  const ticks = Number(fields[19]);
  return fields[0] === 'Z' || !Number.isFinite(ticks) ? undefined : ticks;
}

/** What /proc/PID/stat has after the name, which is in parentheses and may hold anything; the first is the state. */
const fieldsOf = (text: string): readonly string[] => text.slice(text.lastIndexOf(')') + 2).split(' ');

/** Parses /proc/PID/stat. */
export function parseStat(text: string): ProcessLine | undefined {
  const fields = fieldsOf(text);
  const parent = Number(fields[1]);
  // utime, stime, and cutime, cstime of children that have ended
  const cpuTicks = [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field]), 0);
  return Number.isFinite(parent) && Number.isFinite(cpuTicks) ? { parent, cpuTicks } : undefined;
}

async function readProcesses(): Promise<ReadonlyMap<number, ProcessLine> | undefined> {
  let names: string[];
  try {
    names = await readdir('/proc');
  } catch {
    return undefined;
  }
  const found = new Map<number, ProcessLine>();
  await Promise.all(
    names.filter((name) => /^\d+$/.test(name)).map(async (name) => {
      const line = parseStat(await readFile(`/proc/${name}/stat`, 'utf8').catch(() => ''));
      if (line) found.set(Number(name), line);
    }),
  );
  return found.size > 0 ? found : undefined;
}

async function pssOf(pid: number): Promise<number> {
  // A process may end while it is looked at.
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0);
}

async function openFilesOf(pid: number): Promise<{ readonly files: number; readonly sockets: number }> {
  // Other users' processes do not show their files.
  const files = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const step = Math.max(1, files.length / FILES_LOOKED_AT);
  const looked = Array.from({ length: Math.min(files.length, FILES_LOOKED_AT) }, (_, n) => files[Math.floor(n * step)]!);
  const links = await Promise.all(looked.map((file) => readlink(`/proc/${pid}/fd/${file}`).catch(() => '')));
  return { files: files.length, sockets: Math.round(links.filter((link) => link.startsWith('socket:')).length * step) };
}
