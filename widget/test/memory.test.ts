import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { askedBefore, rememberAsked } from "../src/memory.ts";
import { privacyControl, storage } from "./browser.ts";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const DAY = 86_400_000;

beforeEach(() => privacyControl(false));
afterEach(() => vi.unstubAllGlobals());

test("a browser that was asked is left alone for 90 days", () => {
  storage("open");
  expect(askedBefore(NOW)).toBe(false);
  rememberAsked(NOW);
  expect(askedBefore(NOW + 89 * DAY)).toBe(true);
  expect(askedBefore(NOW + 91 * DAY)).toBe(false);
});

test("one key is kept and it says nothing about a person", () => {
  const kept = storage("open");
  rememberAsked(NOW);
  expect([...kept]).toEqual([["feedback.asked", String(NOW)]]);
});

test("with storage closed nothing throws and the survey can still be asked", () => {
  storage("closed");
  rememberAsked(NOW);
  expect(askedBefore(NOW)).toBe(false);
});

test("a browser that wants nothing kept is neither written to nor asked by itself", () => {
  const kept = storage("open");
  privacyControl(true);
  rememberAsked(NOW);
  expect(kept.size).toBe(0);
  expect(askedBefore(NOW)).toBe(true);
});
