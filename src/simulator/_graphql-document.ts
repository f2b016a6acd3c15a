// Reads a GraphQL document (October 2021 edition, executable definitions only) into selections.
// Must not know which fields there are.
import { err, ok, type Result } from '../core/base/result.ts';

export interface GraphqlDocument {
  readonly operations: readonly Operation[];
  readonly fragments: ReadonlyMap<string, Fragment>;
}

/** Selections for values of one type, or of an interface. */
export interface Fragment {
  /** Null where no type is named. */
  readonly on: string | null;
  readonly selections: readonly Selection[];
}

export interface Operation {
  readonly kind: 'query' | 'mutation' | 'subscription';
  readonly name: string | null;
  readonly selections: readonly Selection[];
}

export type Selection =
  | {
      readonly kind: 'field';
      readonly name: string;
      /** The alias, or the name. */
      readonly key: string;
      readonly args: Args;
      readonly selections: readonly Selection[];
      readonly directives: readonly Directive[];
    }
  | { readonly kind: 'spread'; readonly name: string; readonly directives: readonly Directive[] }
  | (Fragment & { readonly kind: 'inline'; readonly directives: readonly Directive[] });

export type Args = Readonly<Record<string, Value>>;

export interface Directive {
  readonly name: string;
  readonly args: Args;
}

export type Value =
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'list'; readonly items: readonly Value[] }
  | { readonly kind: 'object'; readonly fields: Args };

/** The error names the token that could not be read. */
export function parseGraphql(text: string): Result<GraphqlDocument, string> {
  try {
    return ok(new Reader(text).document());
  } catch (cause) {
    if (cause instanceof SyntaxFault) return err(cause.message);
    throw cause;
  }
}

class SyntaxFault extends Error {}

const TOKEN =
  /(?:[\s,\uFEFF]|#[^\n\r]*)*(?:("""(?:\\"""|[\s\S])*?"""|"(?:\\.|[^"\\\n\r])*")|(-?[0-9][0-9.eE+-]*)|([A-Za-z_][A-Za-z0-9_]*)|(\.\.\.|[!$&()[\]{}:=@|]))?/y;

interface Token {
  readonly kind: 'string' | 'number' | 'name' | 'mark' | 'end';
  readonly text: string;
}

/** A recursive descent over one text; it throws SyntaxFault, which does not leave this file. */
class Reader {
  readonly #text: string;
  #at = 0;
  #next: Token;

  constructor(text: string) {
    this.#text = text;
    this.#next = this.#scan();
  }

  document(): GraphqlDocument {
    const operations: Operation[] = [];
    const fragments = new Map<string, Fragment>();
    while (this.#next.kind !== 'end') {
      if (this.#next.text === 'fragment') {
        this.#take();
        const name = this.#name();
        this.#word('on');
        const on = this.#name();
        this.#directives();
        fragments.set(name, { on, selections: this.#selections() });
      } else {
        operations.push(this.#operation());
      }
    }
    return { operations, fragments };
  }

  #operation(): Operation {
    if (this.#is('{')) return { kind: 'query', name: null, selections: this.#selections() };
    const kind = this.#name();
    if (kind !== 'query' && kind !== 'mutation' && kind !== 'subscription') throw this.#fault();
    const name = this.#next.kind === 'name' ? this.#name() : null;
    if (this.#skip('(')) while (!this.#skip(')')) this.#variableDefinition();
    this.#directives();
    return { kind, name, selections: this.#selections() };
  }

  /** `$name: Type = default`; the types are not checked here. */
  #variableDefinition(): void {
    this.#mark('$');
    this.#name();
    this.#mark(':');
    this.#type();
    if (this.#skip('=')) this.#value();
    this.#directives();
  }

  #type(): void {
    if (this.#skip('[')) {
      this.#type();
      this.#mark(']');
    } else {
      this.#name();
    }
    this.#skip('!');
  }

  #selections(): Selection[] {
    const selections: Selection[] = [];
    this.#mark('{');
    while (!this.#skip('}')) selections.push(this.#selection());
    return selections;
  }

  #selection(): Selection {
    if (this.#skip('...')) return this.#fragment();
    const first = this.#name();
    const name = this.#skip(':') ? this.#name() : first;
    const args = this.#args();
    const directives = this.#directives();
    const selections = this.#is('{') ? this.#selections() : [];
    return { kind: 'field', name, key: first, args, selections, directives };
  }

  #fragment(): Selection {
    if (this.#next.kind === 'name' && this.#next.text !== 'on') {
      return { kind: 'spread', name: this.#name(), directives: this.#directives() };
    }
    const on = this.#next.text === 'on' ? this.#typeCondition() : null;
    const directives = this.#directives();
    return { kind: 'inline', on, selections: this.#selections(), directives };
  }

  #typeCondition(): string {
    this.#word('on');
    return this.#name();
  }

  #args(): Args {
    const args: Record<string, Value> = {};
    if (!this.#skip('(')) return args;
    while (!this.#skip(')')) {
      const name = this.#name();
      this.#mark(':');
      args[name] = this.#value();
    }
    return args;
  }

  #directives(): Directive[] {
    const directives: Directive[] = [];
    while (this.#skip('@')) directives.push({ name: this.#name(), args: this.#args() });
    return directives;
  }

  #value(): Value {
    if (this.#skip('$')) return { kind: 'variable', name: this.#name() };
    if (this.#skip('[')) {
      const items: Value[] = [];
      while (!this.#skip(']')) items.push(this.#value());
      return { kind: 'list', items };
    }
    if (this.#skip('{')) {
      const fields: Record<string, Value> = {};
      while (!this.#skip('}')) {
        const name = this.#name();
        this.#mark(':');
        fields[name] = this.#value();
      }
      return { kind: 'object', fields };
    }
    return { kind: 'literal', value: this.#literal() };
  }

  #literal(): string | number | boolean | null {
    const { kind, text } = this.#take();
    if (kind === 'string') return stringValue(text);
    if (kind === 'number') return Number(text);
    if (kind !== 'name') throw this.#fault();
    if (text === 'true' || text === 'false') return text === 'true';
    // An enum value stands for its name.
    return text === 'null' ? null : text;
  }

  #name(): string {
    const token = this.#take();
    if (token.kind !== 'name') throw new SyntaxFault(`Expected a name, found ${JSON.stringify(token.text)}`);
    return token.text;
  }

  #word(word: string): void {
    if (this.#name() !== word) throw this.#fault();
  }

  #mark(mark: string): void {
    if (!this.#skip(mark)) throw this.#fault();
  }

  #is(mark: string): boolean {
    return this.#next.kind === 'mark' && this.#next.text === mark;
  }

  #skip(mark: string): boolean {
    const found = this.#is(mark);
    if (found) this.#take();
    return found;
  }

  #take(): Token {
    const token = this.#next;
    if (token.kind === 'end') throw this.#fault();
    this.#next = this.#scan();
    return token;
  }

  #fault(): SyntaxFault {
    return new SyntaxFault(
      `Unexpected ${this.#next.kind === 'end' ? 'end of document' : JSON.stringify(this.#next.text)}`,
    );
  }

  #scan(): Token {
    TOKEN.lastIndex = this.#at;
    const match = TOKEN.exec(this.#text);
    this.#at = match === null ? this.#at : TOKEN.lastIndex;
    const [, text, number, name, mark] = match ?? [];
    if (text !== undefined) return { kind: 'string', text };
    if (number !== undefined) return { kind: 'number', text: number };
    if (name !== undefined) return { kind: 'name', text: name };
    if (mark !== undefined) return { kind: 'mark', text: mark };
    if (this.#at < this.#text.length)
      throw new SyntaxFault(`Unexpected ${JSON.stringify(this.#text[this.#at])}`);
    return { kind: 'end', text: '' };
  }
}

function stringValue(text: string): string {
  if (text.startsWith('"""')) return text.slice(3, -3).replaceAll('\\"""', '"""');
  try {
    return String(JSON.parse(text));
  } catch {
    throw new SyntaxFault(`Unexpected ${text}`);
  }
}
