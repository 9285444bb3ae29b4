import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Call, Config, Rule, Site, Survey, Trigger } from "../src/site.ts";
import { fits } from "../src/fits.ts";
import { type Frame, Page, storage } from "./browser.ts";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const ORIGIN = "https://vendor.example";
/** `exact /app`, as the service makes it. */
const APP: Rule = {
  path: { accept: [4], moves: [{ "/": 1 }, { a: 2 }, { p: 3 }, { p: 4 }, {}] },
  text: "path exact /app",
};
const LOOK = { position: "bottom-end", radius_px: 14, mode: "auto" };

let page: Page;
let site: Site;
/** What the server was asked, and as whom. */
let asked: [survey: string, token: string | null][];
/** What it answers: JSON, a text that is none, or no answer at all. */
let answer: object | string | Error;
let said: string[];
let obey: (...call: unknown[]) => void;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  page = new Page();
  storage("open");
  asked = [];
  said = [];
  answer = { due: true, frame: "/frame/1", look: LOOK };
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

const survey = (trigger: Trigger | null = { delay_s: 20 }, more: Partial<Survey> = {}): Survey => {
  return { name: "nps", version: 3, trigger, ...more };
};
/** The rules in one more tab: each document has modules of its own. */
async function start(surveys: Survey[], more: Partial<Config> = {}): Promise<(call: Call) => void> {
  vi.resetModules();
  const rules = await import("../src/rules.ts");
  const call = rules.start(site, { rules: "", token_required: false, surveys, ...more });
  obey = (...words) => call(words);
  return call;
}
const seconds = (count: number) => vi.advanceTimersByTimeAsync(count * 1000);
const last = (): Frame => page.frames.at(-1)!;
const opens = (frame = last()) => {
  page.says(frame, { feedback: "ready" });
  page.says(frame, { feedback: "size", height: 300 });
  page.says(frame, { feedback: "shown" });
  return seconds(0);
};
const why = (): string => {
  said = [];
  obey("why");
  return said.join("\n");
};

test("a survey with nothing but a delay is asked after it, of the server first", async () => {
  await start([survey()]);
  expect(why()).toBe("feedback: nps: delay of 20 s");
  await seconds(19);
  expect(asked).toEqual([]);
  await seconds(1);
  expect(asked).toEqual([["nps", "anna"]]);
  expect(last().src).toBe(`${ORIGIN}/frame/1`);
  await opens();
  expect(last().visible).toBe(true);
  expect(last().told).toEqual([[{ feedback: "start", token: "anna" }, ORIGIN]]);
  expect(why()).toBe("feedback: nps: a card is open");
  page.says(last(), { feedback: "closed" });
  expect(last().visible).toBe(false);
  expect(why()).toBe("feedback: nps: shown");
});

test("each trigger is waited for, then its delay", async () => {
  const scrolled = { target: page.document };
  const scrolls = page.document.scrollingElement;
  const triggers: [Trigger, string, () => void][] = [
    [{ delay_s: 5, event: "done" }, "waiting for event done", () => obey("track", "done")],
    [{ delay_s: 5, scroll_percent: 60 }, "waiting for scroll_percent 60", () => page.fire("scroll", scrolled)],
    [
      { delay_s: 5, exit_intent: true },
      "waiting for exit_intent true",
      () => page.fire("mouseout", { relatedTarget: null, clientY: -2 }),
    ],
    [
      { delay_s: 5, click: "#done" },
      "waiting for click #done",
      () => page.fire("click", { target: { closest: (selector: string) => selector === "#done" } }),
    ],
  ];
  for (const [trigger, words, happens] of triggers) {
    asked = [];
    await start([survey(trigger)]);
    // Other events, a few pixels, out to the side, another button.
    obey("track", "begun");
    scrolls.scrollTop = 300;
    page.fire("scroll", scrolled);
    page.fire("scroll", { target: { scrollTop: 90, clientHeight: 10, scrollHeight: 100 } });
    page.fire("mouseout", { relatedTarget: null, clientY: 200 });
    page.fire("mouseout", { relatedTarget: page.body, clientY: 0 });
    page.fire("click", { target: { closest: () => null } });
    page.fire("click", { target: page.document });
    await seconds(60);
    expect(asked).toEqual([]);
    expect(why()).toBe(`feedback: nps: ${words}`);
    scrolls.scrollTop = 700;
    happens();
    await seconds(4);
    expect(asked, words).toEqual([]);
    expect(why()).toBe("feedback: nps: delay of 5 s");
    await seconds(1);
    expect(asked, words).toEqual([["nps", "anna"]]);
    page.says(last(), { feedback: "closed" });
  }
});

test("a selector that is none does not keep other surveys from being asked", async () => {
  await start([survey({ delay_s: 0, click: "##" }), survey({ delay_s: 0, click: "#b" }, { name: "other" })]);
  const closest = (selector: string) => {
    if (selector === "##") throw new DOMException("not a selector", "SyntaxError");
    return {};
  };
  page.fire("click", { target: { closest } });
  await seconds(0);
  expect(asked).toEqual([["other", "anna"]]);
});

test("a part of the page that scrolls counts where it is most of the window", async () => {
  await start([survey({ delay_s: 0, scroll_percent: 50 })]);
  page.fire("scroll", { target: { scrollTop: 200, clientHeight: 400, scrollHeight: 1000 } });
  await seconds(0);
  expect(asked).toHaveLength(1);
});

test("on a page that does not fit nothing is asked, and the delay begins where it does", async () => {
  page.moves("/elsewhere");
  await start([survey({ delay_s: 20 }, { pages: APP })]);
  await seconds(60);
  expect(why()).toBe("feedback: nps: page is not path exact /app");
  page.moves("/app");
  obey("page");
  await seconds(19);
  expect(asked).toEqual([]);
  await seconds(1);
  expect(asked).toHaveLength(1);
});

test("a page that no longer fits when the delay is over is not asked on, told or not", async () => {
  await start([survey({ delay_s: 20 }, { pages: APP })]);
  await seconds(10);
  page.moves("/elsewhere");
  await seconds(60);
  expect(asked).toEqual([]);
  page.moves("/app");
  obey("page");
  await seconds(20);
  expect(asked).toHaveLength(1);
});

test("a page that is left while the server is asked, or a dialog is open, gets no card", async () => {
  await start([survey({ delay_s: 0 }, { pages: APP })]);
  page.dialogs.push({ getClientRects: () => [1] });
  await seconds(0);
  expect(why()).toBe("feedback: nps: hidden page or open dialog");
  page.moves("/elsewhere");
  page.dialogs.pop();
  page.changes();
  await seconds(0);
  expect(asked).toEqual([]);
  page.moves("/app");
  const { ask } = site;
  site.ask = (...what) => {
    page.moves("/elsewhere");
    return ask(...what);
  };
  obey("page");
  await seconds(0);
  expect(asked).toHaveLength(1);
  expect(page.frames).toEqual([]);
});

test("what happens on a page that does not fit does not count, what happened on one that does stays", async () => {
  await start([survey({ delay_s: 5, event: "done" }, { pages: APP })]);
  page.moves("/elsewhere");
  obey("track", "done");
  page.moves("/app");
  obey("page");
  expect(why()).toBe("feedback: nps: waiting for event done");
  obey("track", "done");
  page.moves("/elsewhere");
  await seconds(5);
  page.moves("/app");
  obey("page");
  await seconds(5);
  expect(asked).toHaveLength(1);
});

test("only on devices that are meant", async () => {
  await start([survey({ delay_s: 0 }, { devices: ["tablet", "mobile"] })]);
  await seconds(60);
  expect(asked).toEqual([]);
  expect(why()).toBe("feedback: nps: not on desktop");
  site.device = () => "mobile";
  obey("page");
  await seconds(0);
  expect(asked).toHaveLength(1);
});

test("by hand it is asked on any page and device, at once, and one without a trigger only so", async () => {
  page.moves("/elsewhere");
  await start([survey(null, { pages: APP, devices: ["mobile"] })]);
  await seconds(60);
  expect(why()).toBe("feedback: nps: by hand only");
  obey("ask", "another");
  await seconds(0);
  expect(asked).toEqual([]);
  obey("ask", "nps");
  await seconds(0);
  expect(asked).toHaveLength(1);
});

test("asked twice by hand there is one card, when no dialog is open", async () => {
  await start([survey(null)]);
  page.dialogs.push({ getClientRects: () => [1] });
  obey("ask", "nps");
  obey("ask", "nps");
  await seconds(9);
  expect(why()).toBe("feedback: nps: hidden page or open dialog");
  expect(asked).toEqual([]);
  page.dialogs.pop();
  page.changes();
  await seconds(0);
  await opens();
  await seconds(60);
  expect(asked).toHaveLength(1);
  expect(page.frames).toHaveLength(1);
});

test("the server's reason stands until the moment that it names, then it has to happen again", async () => {
  answer = { due: false, reason: "cap_reached", again_at: new Date(NOW + 3_600_000).toISOString() };
  await start([survey({ delay_s: 0, event: "done" })]);
  obey("track", "done");
  await seconds(1);
  expect(why()).toBe(
    'feedback: nps: server: {"due":false,"reason":"cap_reached","again_at":"2026-03-01T13:00:00.000Z"}',
  );
  await seconds(3600);
  expect(why()).toBe("feedback: nps: waiting for event done");
  obey("track", "done");
  expect(why()).toBe("feedback: nps: delay of 0 s");
  await seconds(1);
  expect(asked).toHaveLength(2);
});

test("without a moment it stands in this document, until somebody else is there", async () => {
  answer = { due: false, reason: "not_in_sample", again_at: null };
  await start([survey({ delay_s: 0 })]);
  await seconds(1);
  obey("page");
  await seconds(86_400);
  expect(asked).toHaveLength(1);
  site.token = "ben";
  obey("identify", { token: "ben" });
  await seconds(1);
  expect(asked).toEqual([["nps", "anna"], ["nps", "ben"]]);
});

test.each([
  [new TypeError("Failed to fetch"), "failed: TypeError: Failed to fetch"],
  ["<html>502", "failed: SyntaxError"],
])("a server that cannot answer is left in peace for a minute", async (broken, words) => {
  answer = broken;
  await start([survey({ delay_s: 0 })]);
  await seconds(1);
  expect(why()).toContain(`feedback: nps: ${words}`);
  for (let i = 0; i < 50; i++) obey("page");
  await seconds(50);
  expect(asked).toHaveLength(1);
  await seconds(20);
  obey("page");
  await seconds(1);
  expect(asked).toHaveLength(2);
});

test("a problem is said as it is and stands until somebody is identified", async () => {
  answer = { type: "about:blank", status: 401, detail: "The token has expired." };
  await start([survey({ delay_s: 0 })]);
  await seconds(1);
  expect(why()).toContain("The token has expired.");
  obey("page");
  await seconds(1);
  expect(asked).toHaveLength(1);
  answer = { due: true, frame: "/frame/1", look: LOOK };
  obey("identify", { token: "anna" });
  await seconds(1);
  expect(page.frames).toHaveLength(1);
});

test("a key that needs a token waits for one, and what happened before counts", async () => {
  site.token = null;
  await start([survey({ delay_s: 5, event: "done" })], { token_required: true });
  obey("track", "done");
  obey("ask", "nps");
  await seconds(60);
  expect(asked).toEqual([]);
  expect(why()).toBe("feedback: nps: no token");
  site.token = "anna";
  obey("identify", { token: "anna" });
  await seconds(5);
  expect(asked).toEqual([["nps", "anna"]]);
});

test("permission for one person is not used for the next", async () => {
  await start([survey({ delay_s: 0 })]);
  const { ask } = site;
  site.ask = async (...what) => {
    const reply = await ask(...what);
    if (site.token === "anna") site.token = "ben";
    return reply;
  };
  await seconds(0);
  expect(asked).toEqual([["nps", "anna"], ["nps", "ben"]]);
  await opens();
  expect(last().told).toEqual([[{ feedback: "start", token: "ben" }, ORIGIN]]);
});

test("without a token a browser is asked once, and never after it said never", async () => {
  site.token = null;
  await start([survey({ delay_s: 0 })]);
  await seconds(1);
  await opens();
  page.says(last(), { feedback: "closed" });
  await start([survey({ delay_s: 0 })]);
  await seconds(1);
  expect(asked).toHaveLength(1);
  expect(why()).toBe("feedback: nps: asked before in this browser");
  obey("ask", "nps");
  await seconds(1);
  expect(asked).toHaveLength(2);
  page.says(last(), { feedback: "shown" });
  page.says(last(), { feedback: "never" });
  page.says(last(), { feedback: "closed" });
  expect(localStorage.getItem("feedback.asked")).toBe("never");
  await start([survey({ delay_s: 0 })]);
  obey("ask", "nps");
  await seconds(1);
  expect(asked).toHaveLength(2);
  expect(why()).toBe("feedback: nps: never again in this browser");
});

test("with a token nothing is kept in the browser: the server knows", async () => {
  await start([survey({ delay_s: 0 })]);
  await seconds(1);
  await opens();
  page.says(last(), { feedback: "never" });
  expect(localStorage.getItem("feedback.asked")).toBe(null);
});

test("five tabs that want to ask at once show one card", async () => {
  site.token = null;
  for (let tab = 0; tab < 5; tab++) await start([survey({ delay_s: 1 })]);
  await seconds(1);
  expect(asked).toHaveLength(1);
  await opens();
  await seconds(60);
  expect(asked).toHaveLength(1);
  expect(page.frames).toHaveLength(1);
});

test.each([
  ["has no locks", undefined],
  ["refuses them", { request: () => Promise.reject(new DOMException("no", "SecurityError")) }],
])("a page whose browser %s is asked all the same", async (_, locks) => {
  vi.stubGlobal("navigator", { languages: [], locks });
  await start([survey({ delay_s: 0 })]);
  await seconds(0);
  expect(asked).toHaveLength(1);
  expect(page.frames).toHaveLength(1);
});

test("a frame that says nothing is taken away, and the other tabs go on", async () => {
  for (let tab = 0; tab < 2; tab++) await start([survey({ delay_s: 0 })]);
  await seconds(1);
  expect(asked).toHaveLength(1);
  const [frame] = page.frames;
  await seconds(30);
  expect(frame!.isThere).toBe(false);
  expect(asked).toHaveLength(2);
  await seconds(30);
  expect(why()).toBe("feedback: nps: no answer from the frame: frame-src?");
});

test("nobody is asked who does not look, and a dialog that is hidden in the page is none", async () => {
  page.document.hidden = true;
  page.dialogs.push({ getClientRects: () => [] });
  await start([survey({ delay_s: 0 })]);
  await seconds(60);
  expect(asked).toEqual([]);
  page.document.hidden = false;
  page.fire("visibilitychange");
  await seconds(0);
  expect(asked).toHaveLength(1);
  expect(page.watchers.size).toBe(0);
});

test("why says something about every survey", async () => {
  await start([survey(null), survey({ delay_s: 9 }, { name: "other" })]);
  expect(why()).toBe("feedback: nps: by hand only\nfeedback: other: delay of 9 s");
});
