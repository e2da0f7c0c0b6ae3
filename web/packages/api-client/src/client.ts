import { Problem, toProblem } from './problem.ts';

export type Query = Record<string, string | number | boolean | null | undefined>;
export interface Call {
  query?: object;
  body?: unknown;
  /** The action's `Idempotency-Key`; a repeated attempt of the same action passes the same one. */
  key?: string;
  ifMatch?: number;
  signal?: AbortSignal;
  /** The caller deals with a missing session itself. */
  anonymous?: boolean;
}
export interface Hooks {
  locale(): string;
  /** Resolves when somebody has signed in again, so that the call can be repeated; rejects when they gave up. */
  signInAgain(why: 'ended' | 'grave'): Promise<void>;
  /** Whether somebody is at the page, so that what it asks is a use of their session. */
  attended?(): boolean;
}

/** `crypto.randomUUID` exists on secure origins only; a desk on `http://` in its own network has a console too. */
export function freshKey(): string {
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = ((b[6] ?? 0) & 0x0f) | 0x40;
  b[8] = ((b[8] ?? 0) & 0x3f) | 0x80;
  const h = [...b].map((x) => x.toString(16).padStart(2, '0')).join('');
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20)}`;
}

export function queryString(q?: object): string {
  const p = new URLSearchParams();
  for (const [k, v] of Object.entries((q ?? {}) as Query)) if (v !== undefined && v !== null && v !== '') p.set(k, String(v));
  const s = p.toString();
  return s ? `?${s}` : '';
}

export class Client {
  readonly base: string;
  private readonly hooks: Hooks;

  constructor(base: string, hooks: Hooks) {
    this.base = base;
    this.hooks = hooks;
  }

  async call<T>(method: string, path: string, c: Call = {}): Promise<T> {
    const key = method === 'POST' ? (c.key ?? freshKey()) : c.key;
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.once<T>(method, path, { ...c, key });
      } catch (e) {
        if (!(e instanceof Problem) || c.anonymous || attempt > 0) throw e;
        const grave = e.code === 'access.sign_in_again';
        if (e.status !== 401 && !grave) throw e;
        // Whoever does not want to sign in for it hears what the server said.
        await this.hooks.signInAgain(grave ? 'grave' : 'ended').catch((gaveUp) => Promise.reject(gaveUp ?? e));
      }
    }
  }

  private async once<T>(method: string, path: string, c: Call): Promise<T> {
    const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': this.hooks.locale() };
    if (this.hooks.attended?.() === false) headers['X-Unattended'] = '1';
    if (c.key) headers['Idempotency-Key'] = c.key;
    if (c.ifMatch !== undefined) headers['If-Match'] = `"${c.ifMatch}"`;
    if (c.body !== undefined) headers['Content-Type'] = 'application/json';
    let res: Response;
    try {
      res = await fetch(this.base + path + queryString(c.query), {
        method,
        headers,
        credentials: 'same-origin',
        body: c.body === undefined ? null : JSON.stringify(c.body),
        signal: c.signal ?? null,
      });
    } catch (e) {
      if (e instanceof DOMException && e.name === 'AbortError') throw e;
      throw new Problem(0, 'network', '');
    }
    const text = await res.text();
    if (!res.ok) throw toProblem(res.status, text);
    if (!text) return undefined as T;
    return (res.headers.get('content-type') ?? '').includes('json') ? (JSON.parse(text) as T) : (text as T);
  }

  /** Whether something that one is led on from is there; where it leads to is not followed. */
  async leadsOn(path: string): Promise<boolean> {
    const asked = { credentials: 'same-origin', redirect: 'manual', headers: { 'Accept-Language': this.hooks.locale() } } as const;
    const res = await fetch(this.base + path, asked).catch(() => Promise.reject(new Problem(0, 'network', '')));
    if (res.ok || res.type === 'opaqueredirect') return true;
    if (res.status === 404) return false;
    throw toProblem(res.status, await res.text());
  }

  /** Sends a file as the raw body; XMLHttpRequest, because `fetch` tells nothing about progress. */
  upload<T>(path: string, file: Blob, query: object, onProgress: (share: number) => void, signal?: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      const x = new XMLHttpRequest();
      x.open('POST', this.base + path + queryString(query));
      x.setRequestHeader('Content-Type', file.type || 'application/octet-stream');
      x.setRequestHeader('Accept-Language', this.hooks.locale());
      x.setRequestHeader('Idempotency-Key', freshKey());
      x.upload.onprogress = (e) => e.lengthComputable && onProgress(e.loaded / e.total);
      x.onload = () => {
        if (x.status < 300) return resolve(JSON.parse(x.responseText) as T);
        // A body that may be large is not kept to be sent again; whoever chose the file is told.
        if (x.status === 401) this.hooks.signInAgain('ended').catch(() => undefined);
        reject(toProblem(x.status, x.responseText));
      };
      x.onerror = () => reject(new Problem(0, 'network', ''));
      x.onabort = () => reject(new DOMException('aborted', 'AbortError'));
      signal?.addEventListener('abort', () => x.abort());
      x.send(file);
    });
  }
}
