import { open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Writes a file so that it is on the disk, and in its folder, when this resolves: not even a power cut loses it then. */
export async function writeDurable(path: string, text: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await syncFolder(dirname(path));
}

/** What was made in a folder is in it on the disk, too; where folders cannot be synced the system looks after that. */
export async function syncFolder(dir: string): Promise<void> {
  try {
    const folder = await open(dir, 'r');
    await folder.sync().finally(() => folder.close());
  } catch {
    // Windows opens no folders, and some network drives sync none.
  }
}
