// A file as it was read: a shape that rooms pass to each other. Must not know how files are read.

/** The text, or the system's code for why it would not give it. */
export type FileContent =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'unreadable'; readonly code: string };

/** Reads the file of this moment. */
export type ReadFile = (file: string) => FileContent;
