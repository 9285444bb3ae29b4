import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Call, Config, Feedback, Site } from "../src/site.ts";
import { Page } from "./browser.ts";

const ORIGIN = "https://vendor.example";
const CONFIG: Config = {
  rules: "/embed/rules.js",
  token_required: false,
  surveys: [{ name: "nps", version: 1, trigger: null }],
};

let page: Page;
let said: string[];
let requests: { url: string; authorization: string | undefined; body: unknown }[];
/** How the configuration is answered. */
let answer: () => Response;
/** What the rules were started with, and told. */
let started: [Site, Config][];
let obeyed: unknown[][];

vi.mock("https://vendor.example/embed/rules.js", () => ({
  start: (site: Site, config: Config) => {
    started.push([site, config]);
    return (call: Call) => void obeyed.push(Array.from(call));
  },
}));

beforeEach(() => {
  page = new Page();
  said = [];
  requests = [];
  started = [];
  obeyed = [];
  answer = () => Response.json(CONFIG);
  vi.stubGlobal("feedback", undefined);
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    const { Authorization: authorization } = (init.headers ?? {}) as Record<string, string>;
    requests.push({ url, authorization, body: init.body && JSON.parse(init.body as string) });
    return url.endsWith("/config") ? answer() : Response.json({});
  });
  vi.spyOn(console, "info").mockImplementation((text: string) => void said.push(text));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const feedback: Feedback = (...call) => (globalThis as unknown as { feedback: Feedback }).feedback(...call);
async function load(dataset: Record<string, string> = {}): Promise<void> {
  Object.assign(page.document, { currentScript: { src: `${ORIGIN}/embed.js`, dataset: { key: "fb_pk_1", ...dataset } } });
  vi.resetModules();
  await import("../src/embed.ts");
  await vi.waitFor(() => started.length || new Promise((resolve) => setTimeout(resolve, 20)));
  await new Promise((resolve) => setTimeout(resolve, 20));
}

test("it fetches the configuration of its own tag and hands over to the rules", async () => {
  await load();
  expect(requests).toEqual([{ url: `${ORIGIN}/v1/embed/fb_pk_1/config`, authorization: undefined, body: undefined }]);
  expect(started).toHaveLength(1);
  expect(started[0]![1]).toEqual(CONFIG);
});

test("what the page said before and while it loads is told to the rules in that order", async () => {
  const stub = { q: [["track", "before"], ["identify", { token: "t" }]] };
  vi.stubGlobal("feedback", stub);
  const loading = load();
  await Promise.resolve();
  await loading;
  feedback("why");
  page.fire("popstate", {}, page.window);
  expect(obeyed).toEqual([["track", "before"], ["identify", { token: "t" }], ["why"], ["page"]]);
});

test("whoever is identified was active, and is whom the server is asked for", async () => {
  await load({ token: "anna" });
  const activity = { url: `${ORIGIN}/v1/embed/fb_pk_1/activity`, authorization: "Bearer anna", body: {} };
  expect(requests[0]).toEqual(activity);
  const [site] = started[0]!;
  await site.ask("nps", 1);
  const body = { survey: "nps", version: 1, locales: ["de", "de", "en"] };
  expect(requests.at(-1)).toEqual({ url: `${ORIGIN}/v1/embed/fb_pk_1/impressions`, authorization: "Bearer anna", body });
  feedback("identify", { token: null });
  await site.ask("nps", 1);
  expect(requests.at(-1)!.authorization).toBeUndefined();
});

test("a language that is none is not sent on", async () => {
  page.document.documentElement.lang = "no_such--";
  vi.stubGlobal("navigator", { languages: ["en-US@posix", "de-CH"] });
  await load();
  await started[0]![0].ask("nps", 1);
  expect(requests.at(-1)!.body).toMatchObject({ locales: ["de-CH"] });
});

test.each([
  [true, 1920, "desktop"],
  [false, 390, "mobile"],
  [false, 820, "tablet"],
])("the device is told by what points and how large the screen is", async (fine, width, device) => {
  vi.stubGlobal("matchMedia", (query: string) => ({ matches: query === "(pointer:fine)" && fine }));
  vi.stubGlobal("screen", { width, height: 1000 });
  await load();
  expect(started[0]![0].device()).toBe(device);
});

test("without a survey the rules stay where they are, and why says so", async () => {
  answer = () => Response.json({ ...CONFIG, surveys: [] });
  vi.stubGlobal("feedback", { q: [["why"], ["ask", "nps"]] });
  await load();
  feedback("why");
  expect(said).toEqual(["feedback: no survey is live", "feedback: no survey is live"]);
  expect(started).toEqual([]);
});

test.each([
  [() => Response.json({ detail: "This embed key is not known." }, { status: 404 }), "This embed key is not known."],
  [() => new Response("<html>", { status: 500 }), "SyntaxError"],
  [() => new Response("{", { status: 200 }), "SyntaxError"],
  [() => Response.json({ ...CONFIG, rules: "/embed/none.js" }), "Error"],
])("what keeps it from starting is what why says, and nothing is thrown into the page", async (broken, words) => {
  answer = broken;
  await load();
  for (const call of [["why"], ["identify"], ["identify", null], ["ask"], [], ["track", {}]]) feedback(...call);
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(/^feedback: it could not start: /);
  expect(said[0]).toContain(words);
  expect(started).toEqual([]);
});

test("two tags are one widget", async () => {
  await load();
  await load();
  expect(requests).toHaveLength(1);
});

test("a tag that is broken throws nothing into the page", async () => {
  Object.assign(page.document, { currentScript: null });
  vi.resetModules();
  await import("../src/embed.ts");
  expect(requests).toEqual([]);
});

test("a single-page application is followed where the browser tells, without touching its history", async () => {
  const navigation = new EventTarget();
  vi.stubGlobal("navigation", navigation);
  const pushState = vi.fn();
  vi.stubGlobal("history", { pushState });
  await load();
  page.fire("currententrychange", {}, navigation);
  expect(obeyed).toEqual([["page"]]);
  expect(history.pushState).toBe(pushState);
});
