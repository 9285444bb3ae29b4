/** The few things of a browser that Node does not have, as the tests of the parts need them. */
import { vi } from "vitest";

/** Storage as a browser has it, or one that throws on every access. */
export function storage(kind: "open" | "closed"): Map<string, string> {
  const kept = new Map<string, string>();
  const open = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
  const closed = () => {
    throw new DOMException("Access is denied", "SecurityError");
  };
  vi.stubGlobal("localStorage", kind === "open" ? open : new Proxy({}, { get: closed, set: closed }));
  return kept;
}

/** What the browser says about being followed. */
export function privacyControl(on: boolean): void {
  vi.stubGlobal("navigator", { globalPrivacyControl: on });
}

/** Window events: returns what fires one. */
export function events(): (name: string) => void {
  const heard = new Map<string, () => void>();
  vi.stubGlobal("addEventListener", (name: string, listener: () => void) => heard.set(name, listener));
  return (name) => heard.get(name)?.();
}

/** Channels between tabs, at once. Returns how many were opened. */
export function channels(): () => number {
  const open: Channel[] = [];
  class Channel {
    onmessage: ((event: { data: unknown }) => void) | null = null;
    constructor(readonly name: string) {
      open.push(this);
    }
    postMessage(data: unknown): void {
      for (const one of open) if (one !== this && one.name === this.name) one.onmessage?.({ data });
    }
  }
  vi.stubGlobal("BroadcastChannel", Channel);
  return () => open.length;
}

/** Locks as tabs of one origin share them. */
export function locks(): { request(name: string, task: () => Promise<void>): Promise<void> } {
  let last = Promise.resolve();
  return { request: (_, task) => (last = last.then(task)) };
}

export interface Box {
  top: number;
  bottom: number;
}

/** A frame as far as the page can see it. */
export class Frame {
  readonly style = { cssText: "" };
  readonly told: [message: unknown, target: string][] = [];
  readonly contentWindow = { postMessage: (message: unknown, target: string) => this.told.push([message, target]) };
  src = "";
  title = "";
  isThere = true;

  remove(): void {
    this.isThere = false;
  }
  /** In a window 600 pixels high. */
  getBoundingClientRect(): Box {
    const height = Number(/height:(\d+)px/.exec(this.style.cssText)?.[1] ?? 0);
    const up = this.style.cssText.includes("translateY(-0%)");
    return up ? { top: 16, bottom: 16 + height } : { top: 584 - height, bottom: 584 };
  }
  get visible(): boolean {
    return this.isThere && !/visibility:hidden|display:none/.test(this.style.cssText);
  }
}

/** A window with a document, 600 pixels high, whose events the tests fire. */
export class Page {
  readonly frames: Frame[] = [];
  readonly window = new EventTarget();
  readonly dialogs: { getClientRects(): unknown[] }[] = [];
  readonly body = { getBoundingClientRect: () => ({ top: 0, bottom: 600 }) };
  readonly document = Object.assign(new EventTarget(), {
    hidden: false,
    body: this.body,
    activeElement: this.body as { getBoundingClientRect(): Box },
    scrollingElement: { scrollTop: 0, clientHeight: 600, scrollHeight: 2000 },
    documentElement: { lang: "de", append: (frame: Frame) => void this.frames.push(frame) },
    createElement: () => new Frame(),
    querySelectorAll: () => this.dialogs,
    querySelector: () => null,
  });
  /** Whoever watches the document now. */
  readonly watchers = new Set<() => void>();

  constructor(origin = "https://partner.example") {
    const { watchers, window } = this;
    class Watch {
      constructor(readonly callback: () => void) {}
      observe(): void {
        watchers.add(this.callback);
      }
      disconnect(): void {
        watchers.delete(this.callback);
      }
    }
    vi.stubGlobal("window", globalThis);
    vi.stubGlobal("self", { origin });
    vi.stubGlobal("document", this.document);
    vi.stubGlobal("innerHeight", 600);
    vi.stubGlobal("MutationObserver", Watch);
    vi.stubGlobal("location", new URL("https://partner.example/app"));
    vi.stubGlobal("navigator", { languages: ["de", "en"], locks: locks() });
    vi.stubGlobal("addEventListener", window.addEventListener.bind(window));
  }

  /** An event in the document, or in the window. */
  fire(type: string, properties: object = {}, where: EventTarget = this.document): void {
    const event = new Event(type);
    for (const [name, value] of Object.entries(properties)) Object.defineProperty(event, name, { value });
    where.dispatchEvent(event);
  }
  /** What a frame says to the page. */
  says(frame: Frame, data: unknown, origin = "https://vendor.example"): void {
    this.fire("message", { source: frame.contentWindow, origin, data }, this.window);
  }
  moves(path: string): void {
    vi.stubGlobal("location", new URL(path, "https://partner.example"));
  }
  changes(): void {
    for (const callback of [...this.watchers]) callback();
  }
}
