// One file that people change while the gate runs: its text, and word of each change once it has settled.
// Must not know what the text means.
import type { FileContent } from '../core/base/file-content.ts';
import { sameContent, WatchedFiles, type WatchTimes } from './watched-files.ts';

export interface WatchedFileOptions extends WatchTimes {
  readonly file: string;
  /** Called with the new content after each change; never for what `read` returned. */
  readonly onChange: (content: FileContent) => void;
}

/** A file alone, watched as WatchedFiles does, once it was read. */
export class WatchedFile {
  readonly #file: string;
  readonly #watched: WatchedFiles;
  readonly #onChange: WatchedFileOptions['onChange'];
  #content: FileContent | null = null;

  constructor(options: WatchedFileOptions) {
    this.#file = options.file;
    this.#onChange = options.onChange;
    this.#watched = new WatchedFiles({ ...options, onChange: () => void this.#readAgain() });
  }

  /** The content, once it has settled; a file that keeps changing is unreadable (UNSETTLED). */
  async read(): Promise<FileContent> {
    const settled = await this.#watched.settled((read) => read(this.#file));
    const content: FileContent =
      settled.kind === 'settled' ? settled.result : { kind: 'unreadable', code: 'UNSETTLED' };
    this.#content = content;
    return content;
  }

  close(): void {
    this.#watched.close();
  }

  async #readAgain(): Promise<void> {
    const before = this.#content;
    const content = await this.read();
    if (before === null || !sameContent(before, content)) this.#onChange(content);
  }
}
