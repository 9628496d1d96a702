// Photos as files, for drivers that give a browser the path of one.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PhotoFile } from '../driver.ts';

export class PhotoFiles {
  readonly #folders: string[] = [];

  async pathOf({ name, buffer }: PhotoFile): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'try-it-on-photo-'));
    this.#folders.push(folder);
    const path = join(folder, name);
    await writeFile(path, buffer);
    return path;
  }

  async remove(): Promise<void> {
    await Promise.all(this.#folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
  }
}
