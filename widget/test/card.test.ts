import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { show } from "../src/card.ts";
import type { Look } from "../src/site.ts";
import { type Frame, Page } from "./browser.ts";

const ORIGIN = "https://vendor.example";

let page: Page;
let heard: string[];

beforeEach(() => {
  vi.useFakeTimers();
  page = new Page();
  heard = [];
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function card(look: Partial<Look> = {}): Frame {
  const all: Look = { position: "bottom-end", radius_px: 14, mode: "auto", ...look };
  show(ORIGIN, { frame: "/f", look: all }, null, (news) => void heard.push(news));
  return page.frames.at(-1)!;
}
const opened = (look?: Partial<Look>) => {
  const frame = card(look);
  page.says(frame, { feedback: "size", height: 300 });
  return frame;
};
/** The page's focus, in a window 600 pixels high. */
const focus = (top: number, bottom: number) => {
  page.document.activeElement = { getBoundingClientRect: () => ({ top, bottom }) };
  page.fire("focusin", {}, page.window);
};

test.each([
  ["bottom-end", "100%", "inset-inline-end:clamp"],
  ["bottom-start", "100%", "inset-inline-start:clamp"],
  ["top-end", "0%", "inset-inline-end:clamp"],
  ["top-start", "0%", "inset-inline-start:clamp"],
] as const)("at %s it is where that says", (position, down, side) => {
  const { cssText } = opened({ position }).style;
  expect(cssText).toContain(`,${down} - `);
  expect(cssText).toContain(`translateY(-${down})`);
  expect(cssText).toContain(side);
});

test("the vendor's radius and mode are the card's", () => {
  expect(opened({ radius_px: 3, mode: "dark" }).style.cssText).toMatch(/border-radius:3px!.*color-scheme:dark!/);
  expect(opened({ mode: "auto" }).style.cssText).toContain("color-scheme:light dark!");
});

test("every property wins over the page's", () => {
  const properties = opened().style.cssText.split(";").filter(Boolean);
  expect(properties.length).toBeGreaterThan(8);
  for (const property of properties) expect(property).toMatch(/^[a-z-]+:.+!important$/);
});

test("it is not seen before it is as tall as it will be", () => {
  const frame = card();
  expect(frame.visible).toBe(false);
  page.says(frame, { feedback: "size", height: 300 });
  expect(frame.visible).toBe(true);
});

test("it goes to the other edge when what has focus would be under it, and comes when that moves there", () => {
  focus(500, 540);
  const frame = opened();
  expect(frame.getBoundingClientRect().top).toBe(16);
  focus(100, 140);
  expect(frame.getBoundingClientRect().bottom).toBe(584);
  focus(200, 240);
  expect(frame.getBoundingClientRect().bottom).toBe(584);
});

test("what reaches under both edges, and a page without focus, leave it where it belongs", () => {
  focus(0, 600);
  expect(opened().getBoundingClientRect().bottom).toBe(584);
  page.document.activeElement = page.body;
  expect(opened({ position: "top-end" }).getBoundingClientRect().top).toBe(16);
});

test("nobody else speaks for it", () => {
  const frame = card();
  const { window } = page;
  for (const data of [{ feedback: "size", height: 9 }, { feedback: "closed" }, null, 5, "x"]) {
    page.fire("message", { source: {}, origin: ORIGIN, data }, window);
    page.fire("message", { source: null, origin: ORIGIN, data }, window);
    page.says(frame, data, "https://partner.example");
    page.says(frame, data, "null");
  }
  expect(frame.visible).toBe(false);
  expect(heard).toEqual([]);
});

test("what it does is told on, and its height is not", () => {
  const frame = opened();
  for (const feedback of ["shown", "never", "closed"]) page.says(frame, { feedback });
  expect(heard).toEqual(["shown", "never", "closed"]);
  expect(frame.visible).toBe(false);
  expect(frame.isThere).toBe(true);
});

test("in a page without an origin the card has none, and is spoken to all the same", () => {
  page = new Page("null");
  const frame = card();
  page.says(frame, { feedback: "ready" }, "null");
  page.says(frame, { feedback: "size", height: 200 }, "null");
  expect(frame.told).toEqual([[{ feedback: "start", token: null }, "*"]]);
  expect(frame.visible).toBe(true);
});

test("one that never shows itself is taken away", () => {
  const frame = card();
  vi.advanceTimersByTime(29_999);
  expect(frame.isThere).toBe(true);
  vi.advanceTimersByTime(1);
  expect(frame.isThere).toBe(false);
  expect(heard).toEqual(["closed"]);
});

test("one that did stays as long as somebody wants", () => {
  const frame = opened();
  page.says(frame, { feedback: "shown" });
  vi.advanceTimersByTime(3_600_000);
  expect(frame.visible).toBe(true);
  expect(heard).toEqual(["shown"]);
});
