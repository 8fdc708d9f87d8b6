// One connection to the venue: calls, subscriptions with snapshots and numbers, and mending itself.

export class VenueError extends Error {
  constructor(
    readonly code: number,
    readonly short: string,
    readonly reason: string,
  ) {
    super(reason || short);
  }
}

export interface Message {
  channel: string;
  data: any;
  number: number;
  sequence: number;
  snapshot?: boolean;
}

/** Ten seconds between heartbeats, and a little. */
const SilentMs = 15_000;

type Handler = (message: Message) => void;
interface Subscription {
  handlers: Set<Handler>;
  number: number;
  waiting: boolean;
}

export class Venue {
  private socket: WebSocket | undefined;
  private ids = 0;
  private wait = 250;
  private opened = false;
  private readonly calls = new Map<number, { done: (result: any) => void; failed: (error: Error) => void }>();
  private readonly subscriptions = new Map<string, Subscription>();
  private readonly ready: (() => void)[] = [];

  private heard = performance.now();
  private ahead = 0;
  private readonly links = new Set<(up: boolean) => void>();

  /** Whether orders can be sent: connected, logged in again, and the venue was heard of lately. */
  live = false;

  /** Told whenever the connection comes or goes, and at once how it stands; returns how to stop. */
  onLink(watcher: (up: boolean) => void): () => void {
    this.links.add(watcher);
    watcher(this.live);
    return () => this.links.delete(watcher);
  }

  /** Why no order is sent: the venue's history is not the one seen before. Questions and cancellations still go through. */
  stopped: string | undefined;

  /** Logs in again after a reconnection. */
  relogin: (() => Promise<void>) | undefined;

  constructor(private readonly url = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws/api/v2`) {
    this.connect();
    // A network that is gone leaves the socket open for minutes: who is not heard is not there.
    setInterval(() => {
      if (this.socket?.readyState === WebSocket.OPEN && performance.now() - this.heard > SilentMs) {
        this.setLive(false);
        this.socket.close();
      }
    }, 1000);
  }

  /** The venue's time, milliseconds since 1970: its clock may not be this machine's. */
  now(): number {
    return performance.now() + this.ahead;
  }

  /** Calls a method that changes something. It is sent now or not at all: nothing that was meant for one moment is kept for another. */
  async act<T = any>(method: string, params: Record<string, unknown> = {}): Promise<T> {
    if (!this.live || this.socket?.readyState !== WebSocket.OPEN) {
      throw new VenueError(0, 'not_live', 'not connected: nothing was sent');
    }
    return this.send(method, params);
  }

  async call<T = any>(method: string, params: Record<string, unknown> = {}): Promise<T> {
    if (this.stopped !== undefined && changes(method)) {
      throw new VenueError(0, 'stopped', this.stopped);
    }
    if (this.socket?.readyState !== WebSocket.OPEN) {
      await new Promise<void>((resolve) => this.ready.push(resolve));
    }
    return this.send(method, params);
  }

  /** Listens; the first message is a snapshot, and another comes after each gap or reconnection. Returns how to stop. */
  listen(channel: string, handler: Handler): () => void {
    let subscription = this.subscriptions.get(channel);
    if (subscription === undefined) {
      subscription = { handlers: new Set(), number: -1, waiting: true };
      this.subscriptions.set(channel, subscription);
    }
    subscription.handlers.add(handler);
    void this.call(scope(channel) + '/subscribe', { channels: [channel], snapshots: true }).catch(() => {});
    return () => {
      subscription.handlers.delete(handler);
      if (subscription.handlers.size === 0 && this.subscriptions.get(channel) === subscription) {
        this.subscriptions.delete(channel);
        void this.call(scope(channel) + '/unsubscribe', { channels: [channel] }).catch(() => {});
      }
    };
  }

  private send<T>(method: string, params: Record<string, unknown>): Promise<T> {
    const id = ++this.ids;
    return new Promise<T>((done, failed) => {
      this.calls.set(id, { done, failed });
      this.socket!.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
  }

  private connect(): void {
    const socket = new WebSocket(this.url);
    this.socket = socket;
    socket.onopen = async () => {
      this.wait = 250;
      this.heard = performance.now();
      try {
        // Taken before the answer came: an order lapses rather early than late.
        const asked = performance.now();
        this.ahead = (await this.send<number>('public/get_time', {})) - asked;
        await this.send('public/set_heartbeat', { interval: 10 });
        if (this.opened && this.relogin !== undefined) {
          await this.relogin();
        }
      } catch {
        // The page shows that it is logged out.
      }
      if (this.opened) {
        // One by one: a channel that is no more keeps no other from going on.
        await Promise.all(
          [...this.subscriptions.keys()].map((c) => this.send(scope(c) + '/subscribe', { channels: [c], snapshots: true }).catch(() => {})),
        );
      }
      if (socket.readyState !== WebSocket.OPEN) {
        return;
      }
      this.opened = true;
      this.setLive(true);
      this.ready.splice(0).forEach((go) => go());
    };
    socket.onmessage = (event) => {
      this.heard = performance.now();
      this.take(JSON.parse(event.data as string));
    };
    socket.onclose = () => {
      this.setLive(false);
      for (const call of this.calls.values()) {
        call.failed(new VenueError(0, 'disconnected', 'the connection broke before the answer came; look whether it was carried out'));
      }
      this.calls.clear();
      setTimeout(() => this.connect(), this.wait);
      this.wait = Math.min(this.wait * 2, 8000);
    };
  }

  private setLive(up: boolean): void {
    if (this.live !== up) {
      this.live = up;
      this.links.forEach((l) => l(up));
    }
  }

  private take(message: any): void {
    if (message.id !== undefined) {
      const call = this.calls.get(message.id);
      this.calls.delete(message.id);
      if (message.error) {
        call?.failed(new VenueError(message.error.code, message.error.message, message.error.data?.reason ?? ''));
      } else {
        call?.done(message.result);
      }
      return;
    }
    if (message.method === 'heartbeat') {
      void this.send('public/test', {}).catch(() => {});
      return;
    }
    const params = message.params as Message | undefined;
    const subscription = params && this.subscriptions.get(params.channel);
    if (!params || !subscription) {
      return;
    }
    if (params.snapshot) {
      subscription.waiting = false;
    } else if (subscription.waiting || params.number <= subscription.number) {
      return;
    } else if (params.number !== subscription.number + 1) {
      subscription.waiting = true;
      void this.send(scope(params.channel) + '/subscribe', { channels: [params.channel], snapshots: true }).catch(() => {});
      return;
    }
    subscription.number = params.number;
    subscription.handlers.forEach((handler) => handler(params));
  }
}

const changes = (method: string): boolean =>
  method === 'surety/submit' || /^private\/(?!get_|cancel|subscribe|unsubscribe|logout)/.test(method);

const scope = (channel: string): string => (channel.startsWith('user.') ? 'private' : 'public');
