// One file that people change while the gate runs: its text, and word of each change once it has settled.
// Must not know what the text means.
import type { FileContent } from '../core/base/file-content.ts';
import { WatchedFiles, type WatchTimes } from './watched-files.ts';

export interface WatchedFileOptions extends WatchTimes {
  readonly file: string;
  /** Called with the new content after each change; never for the content that was there at the start. */
  readonly onChange: (content: FileContent) => void;
}

/** A file alone, watched as WatchedFiles does. */
export class WatchedFile {
  readonly #file: string;
  readonly #watched: WatchedFiles;
  #content: FileContent;

  constructor(options: WatchedFileOptions) {
    this.#file = options.file;
    this.#watched = new WatchedFiles({ ...options, onChange: () => options.onChange(this.read()) });
    this.#content = this.read();
  }

  /** The content as it was read last. */
  content(): FileContent {
    return this.#content;
  }

  /** Reads the file now, whether it changed or not; `onChange` is not called for what this returns. */
  read(): FileContent {
    this.#content = this.#watched.pass((read) => read(this.#file));
    return this.#content;
  }

  close(): void {
    this.#watched.close();
  }
}
