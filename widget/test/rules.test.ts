/** Whether something is asked, of whom, and what is said about it. */
import { expect, test, vi } from "vitest";
import { APP, GRANT, NOW, ORIGIN, answers, asked, last, obey, opens, page, seconds, site, start, survey, why } from "./asking.ts";

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
  expect(why()).toBe("feedback: nps: hidden page or dialog");
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
  answers({ due: false, reason: "cap_reached", again_at: new Date(NOW + 3_600_000).toISOString() });
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
  answers({ due: false, reason: "not_in_sample", again_at: null });
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
  answers(broken);
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
  answers({ type: "about:blank", status: 401, detail: "The token has expired." });
  await start([survey({ delay_s: 0 })]);
  await seconds(1);
  expect(why()).toContain("The token has expired.");
  obey("page");
  await seconds(1);
  expect(asked).toHaveLength(1);
  answers(GRANT);
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
  expect(why()).toBe("feedback: nps: asked before here");
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
  expect(why()).toBe("feedback: nps: never again here");
});

test("lots are drawn once for a browser that nobody vouches for", async () => {
  site.token = null;
  answers({ due: false, reason: "not_in_sample", again_at: null });
  await start([survey({ delay_s: 0 })]);
  await seconds(1);
  await start([survey({ delay_s: 0 })]);
  await seconds(1);
  expect(asked).toHaveLength(1);
  expect(why()).toBe("feedback: nps: asked before here");
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
  expect(why()).toBe("feedback: nps: no frame: frame-src?");
});

test("why says something about every survey", async () => {
  await start([survey(null), survey({ delay_s: 9 }, { name: "other" })]);
  expect(why()).toBe("feedback: nps: by hand only\nfeedback: other: delay of 9 s");
});

test("who was shown a card lately gets its frame unseen, for what it could not send, and is not asked", async () => {
  answers({ ...GRANT, due: false, reason: "shown_recently", again_at: null });
  await start([survey({ delay_s: 0 })]);
  await seconds(1);
  expect(page.frames).toHaveLength(1);
  expect(page.frames[0]!.style.cssText).toContain("visibility:hidden");
  page.says(last(), { feedback: "closed" });
  expect(why()).toMatch(/^feedback: nps: server: .*shown_recently/);
});
