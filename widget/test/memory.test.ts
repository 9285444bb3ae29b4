import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { channels, privacyControl, storage } from "./browser.ts";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const DAY = 86_400_000;
const ASKED = "asked before here";
const NEVER = "never again here";

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  privacyControl(false);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** The memory of one more tab: each document has its own. */
async function tab(): Promise<typeof import("../src/memory.ts")> {
  vi.resetModules();
  return await import("../src/memory.ts");
}

test("a browser that was asked is left alone for 90 days, in every tab and after a reload", async () => {
  storage("open");
  const { leftAlone, remember } = await tab();
  expect(leftAlone()).toBe(false);
  remember("shown");
  for (const one of [{ leftAlone }, await tab()]) expect(one.leftAlone()).toBe(ASKED);
  vi.setSystemTime(NOW + 89 * DAY);
  expect((await tab()).leftAlone()).toBe(ASKED);
  vi.setSystemTime(NOW + 91 * DAY);
  expect((await tab()).leftAlone()).toBe(false);
});

test("one key is kept and it says nothing about a person", async () => {
  const kept = storage("open");
  (await tab()).remember("shown");
  expect([...kept]).toEqual([["feedback.asked", String(NOW)]]);
});

test("who was asked can be asked by hand, who said never cannot and never again", async () => {
  const kept = storage("open");
  const { leftAlone, remember } = await tab();
  remember("shown");
  expect(leftAlone(true)).toBe(false);
  remember("never");
  expect([...kept]).toEqual([["feedback.asked", "never"]]);
  vi.setSystemTime(NOW + 4000 * DAY);
  const later = await tab();
  expect(later.leftAlone()).toBe(NEVER);
  expect(later.leftAlone(true)).toBe(NEVER);
});

test("with storage closed nothing throws, and this document and the other tabs know all the same", async () => {
  storage("closed");
  channels();
  const [here, there] = [await tab(), await tab()];
  expect(here.leftAlone()).toBe(false);
  expect(there.leftAlone()).toBe(false);
  here.remember("shown");
  expect(here.leftAlone()).toBe(ASKED);
  expect(there.leftAlone()).toBe(ASKED);
  expect((await tab()).leftAlone()).toBe(false);
});

test("with storage and channels closed this document knows", async () => {
  storage("closed");
  vi.stubGlobal("BroadcastChannel", undefined);
  const { leftAlone, remember } = await tab();
  expect(leftAlone()).toBe(false);
  remember("shown");
  expect(leftAlone()).toBe(ASKED);
});

test("where storage is open no channel is", async () => {
  storage("open");
  const opened = channels();
  const { leftAlone, remember } = await tab();
  leftAlone();
  remember("shown");
  expect(opened()).toBe(0);
});

test("a browser that wants nothing kept is neither written to nor asked by itself, but by hand", async () => {
  const kept = storage("open");
  privacyControl(true);
  const { leftAlone, remember } = await tab();
  remember("shown");
  expect(kept.size).toBe(0);
  expect(leftAlone()).toBe("GPC");
  expect(leftAlone(true)).toBe(false);
  remember("never");
  expect(kept.size).toBe(0);
  expect(leftAlone(true)).toBe(NEVER);
});
