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
