import { backoff } from './backoff.ts';

export { backoff } from './backoff.ts';

export type Hint =
  | { kind: 'ticket'; id: number; revision?: number }
  | { kind: 'counts' }
  | { kind: 'mailbox'; id: number }
  | { kind: 'gone'; id: number };
export interface Watch {
  lists: boolean;
  tickets: number[];
}
export type LiveState = 'connecting' | 'on' | 'off';
export interface LiveOptions {
  url: string;
  onHints(hints: Hint[]): void;
  /** Called after a gap: hints may have been missed, so everything on screen is read again. */
  onResume(): void;
  /** A try that never opened. The browser does not tell why; the ordinary door may know. */
  onRefused(): void;
}

/** One socket per page. It carries hints only; what changed is read through the ordinary door. */
export class Live {
  private readonly o: LiveOptions;
  private ws: WebSocket | null = null;
  private attempt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private watching: Watch = { lists: true, tickets: [] };
  private state: LiveState = 'connecting';
  private everOn = false;
  private stopped = true;
  private readonly listeners = new Set<() => void>();

  constructor(o: LiveOptions) {
    this.o = o;
  }

  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    window.addEventListener('online', this.hurry);
    window.addEventListener('offline', this.drop);
    this.connect();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    window.removeEventListener('online', this.hurry);
    window.removeEventListener('offline', this.drop);
    this.ws?.close();
    this.ws = null;
  }

  watch(w: Watch): void {
    this.watching = w;
    this.tell();
  }

  /** For `useSyncExternalStore`. */
  readonly subscribe = (f: () => void): (() => void) => {
    this.listeners.add(f);
    return () => this.listeners.delete(f);
  };
  readonly current = (): LiveState => this.state;

  private readonly hurry = () => {
    if (this.state === 'on' || this.stopped) return;
    this.attempt = 0;
    clearTimeout(this.timer);
    this.connect();
  };
  private readonly drop = () => {
    this.ws?.close();
    this.set('off');
  };

  private connect(): void {
    this.ws?.close();
    const ws = new WebSocket(this.o.url);
    this.ws = ws;
    let opened = false;
    ws.onopen = () => {
      opened = true;
      this.attempt = 0;
      this.set('on');
      this.tell();
      if (this.everOn) this.o.onResume();
      this.everOn = true;
    };
    ws.onmessage = (e) => this.hear(String(e.data));
    ws.onclose = () => {
      if (this.ws !== ws || this.stopped) return;
      // The first lost try is silent: a reload of the server is over before anyone has read a warning.
      if (this.attempt > 0) this.set('off');
      else if (this.everOn) this.set('connecting');
      this.timer = setTimeout(() => this.connect(), backoff(this.attempt++));
      if (!opened) this.o.onRefused();
    };
  }

  private hear(text: string): void {
    try {
      const m = JSON.parse(text) as { hints?: Hint[] };
      if (Array.isArray(m.hints) && m.hints.length > 0) this.o.onHints(m.hints);
    } catch {
      // A frame that cannot be read is worth nothing; the next resume reads everything again.
    }
  }

  private tell(): void {
    if (this.ws?.readyState === WebSocket.OPEN) this.ws.send(JSON.stringify({ watch: this.watching }));
  }

  private set(s: LiveState): void {
    if (this.state === s) return;
    this.state = s;
    for (const f of this.listeners) f();
  }
}
