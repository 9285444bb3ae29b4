/** The rules in a page of the tests: what the server is asked, what it answers, and what the page says. */
import { afterEach, beforeEach, vi } from "vitest";
import { fits } from "../src/fits.ts";
import type { Call, Config, Rule, Site, Survey, Trigger } from "../src/site.ts";
import { type Frame, Page, storage } from "./browser.ts";

export const NOW = Date.parse("2026-03-01T12:00:00Z");
export const ORIGIN = "https://vendor.example";
/** `exact /app`, as the service makes it. */
export const APP: Rule = {
  path: { accept: [4], moves: [{ "/": 1 }, { a: 2 }, { p: 3 }, { p: 4 }, {}] },
  text: "path exact /app",
};
const LOOK = { position: "bottom-end", radius_px: 14, mode: "auto" };
export const GRANT = { due: true, frame: "/frame/1", look: LOOK };

export let page: Page;
export let site: Site;
/** What the server was asked, and as whom. */
export const asked: [survey: string, token: string | null][] = [];
let answer: object | string | Error;
let said: string[];
export let obey: (...call: unknown[]) => void;

/** What the server answers from now on: JSON, a text that is none, or no answer at all. */
export const answers = (what: object | string | Error) => void (answer = what);

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  page = new Page();
  storage("open");
  asked.length = 0;
  said = [];
  answer = GRANT;
  site = {
    origin: ORIGIN,
    token: "anna",
    fits,
    device: () => "desktop",
    ask: async (survey) => {
      asked.push([survey, site.token]);
      if (answer instanceof Error) throw answer;
      return new Response(typeof answer === "string" ? answer : JSON.stringify(answer));
    },
  };
  vi.spyOn(console, "info").mockImplementation((text: string) => void said.push(text));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

export const survey = (trigger: Trigger | null = { delay_s: 20 }, more: Partial<Survey> = {}): Survey => {
  return { name: "nps", version: 3, trigger, ...more };
};
/** The rules in one more tab: each document has modules of its own. */
export async function start(surveys: Survey[], more: Partial<Config> = {}): Promise<void> {
  vi.resetModules();
  const rules = await import("../src/rules.ts");
  const call: (call: Call) => void = rules.start(site, { rules: "", token_required: false, surveys, ...more });
  obey = (...words) => call(words);
}
export const seconds = (count: number) => vi.advanceTimersByTimeAsync(count * 1000);
export const last = (): Frame => page.frames.at(-1)!;
export const opens = (frame = last()) => {
  page.says(frame, { feedback: "ready" });
  page.says(frame, { feedback: "size", height: 300 });
  page.says(frame, { feedback: "shown" });
  return seconds(0);
};
export const why = (): string => {
  said = [];
  obey("why");
  return said.join("\n");
};
