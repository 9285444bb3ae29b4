/** When something is asked: after what, on which pages and devices. */
import { expect, test } from "vitest";
import type { Trigger } from "../src/site.ts";
import { APP, asked, last, obey, page, seconds, site, start, survey, why } from "./asking.ts";

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
    asked.length = 0;
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
  expect(why()).toBe("feedback: nps: hidden page or dialog");
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
