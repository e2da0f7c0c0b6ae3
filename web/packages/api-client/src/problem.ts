export interface FieldProblem {
  field: string;
  code: string;
  detail: string;
}

/** What went wrong: the server's problem document, or the network's silence (`code` is then `network`). */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  /** A sentence in the reader's language, or nothing. */
  readonly detail: string;
  readonly errors: FieldProblem[];

  constructor(status: number, code: string, detail: string, errors: FieldProblem[] = []) {
    super(detail);
    this.name = 'Problem';
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.errors = errors;
  }

  /** Somebody else saved first. */
  get conflict(): boolean {
    return this.status === 412 || (this.status === 409 && this.code.endsWith('changed_meanwhile'));
  }

  /** What is said of a field, or of a part of it: `emails` hears of `emails.0.address` and `cc.1.email`. */
  field(name: string): string | undefined {
    return this.errors.find((e) => e.field === name || e.field.startsWith(`${name}.`))?.detail;
  }
}

export const isProblem = (e: unknown): e is Problem => e instanceof Problem;

/** Reads `application/problem+json`, and makes the best of anything else that a proxy may put in the way. */
export function toProblem(status: number, body: string): Problem {
  try {
    const p: unknown = JSON.parse(body);
    if (p && typeof p === 'object') {
      const r = p as { code?: string; detail?: string; title?: string; errors?: FieldProblem[] };
      return new Problem(status, r.code ?? `http.${status}`, r.detail ?? r.title ?? '', r.errors ?? []);
    }
  } catch {
    // Not JSON: fall through to the status alone.
  }
  return new Problem(status, `http.${status}`, '');
}
