// Secrets that nobody else has, and the hunt for them in whatever was written: as they are, and in every form in which
// programs write a value down. Must not know who wrote it.
import { randomBytes } from 'node:crypto';

export interface Secret {
  /** Where it was put, for whoever reads the finding. */
  readonly place: string;
  readonly value: string;
}

export class SecretHunt {
  readonly #secrets: Secret[] = [];

  /** A token of GitHub's shape. */
  token(place: string, prefix = 'ghp_'): string {
    return this.#keep(place, `${prefix}${randomBytes(18).toString('hex')}`);
  }

  /** A password: no shape gives it away. */
  plain(place: string): string {
    return this.#keep(place, `pw${randomBytes(12).toString('hex')}`);
  }

  /** One that needs an encoding wherever it stands in a URL or in JSON. */
  awkward(place: string): string {
    return this.#keep(place, `q"&/${randomBytes(10).toString('hex')}+é`);
  }

  /** One that is known from elsewhere. */
  known(place: string, value: string): void {
    this.#secrets.push({ place, value });
  }

  get count(): number {
    return this.#secrets.length;
  }

  /** Each place whose secret stands in the text, and the form in which it does. */
  foundIn(text: string): readonly string[] {
    const lower = text.toLowerCase();
    return this.#secrets.flatMap(({ place, value }) =>
      formsOf(value).flatMap(([form, shown]) =>
        lower.includes(shown.toLowerCase()) ? [`${place}, ${form}`] : [],
      ),
    );
  }

  #keep(place: string, value: string): string {
    this.#secrets.push({ place, value });
    return value;
  }
}

/** The value as text and in the encodings of URLs, headers, JSON, and dumps of bytes. */
function formsOf(value: string): readonly (readonly [form: string, shown: string])[] {
  const bytes = Buffer.from(value, 'utf8');
  // Within a longer base64, such as that of `user:password`, only whole groups of three bytes are sure.
  const base64 = [0, 1, 2].map((skipped) => {
    const sure = bytes.subarray(skipped, skipped + 3 * Math.floor((bytes.length - skipped) / 3));
    return [`base64 from byte ${skipped}`, sure.toString('base64')] as const;
  });
  return [
    ['as it is', value],
    ['in latin-1', bytes.toString('latin1')],
    ['in a URL', encodeURIComponent(value)],
    ['in a form', new URLSearchParams([['', value]]).toString().slice(1)],
    ['in JSON', JSON.stringify(value).slice(1, -1)],
    ['in hexadecimal', bytes.toString('hex')],
    ...base64,
    ...base64.map(
      ([form, shown]) => [`${form}, URL-safe`, shown.replace(/\+/g, '-').replace(/\//g, '_')] as const,
    ),
  ];
}
