import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Letter, type Outcome, outbox, pause } from "../src/frame/outbox.ts";
import { events, privacyControl, storage } from "./browser.ts";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const DAY = 86_400_000;

interface Request {
  url: string;
  revision: number;
  authorization: string | undefined;
  keepalive: boolean | undefined;
}

let requests: Request[];
let heard: Outcome[];
let fire: (event: string) => void;
/** What the network answers next: a status with its headers, or no answer at all. The last one stays. */
let replies: ({ status: number; headers?: Record<string, string> } | "no network" | "silence")[];

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  privacyControl(false);
  fire = events();
  requests = [];
  heard = [];
  replies = [{ status: 201 }];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    const headers = init.headers as Record<string, string>;
    const { revision } = JSON.parse(init.body as string);
    requests.push({ url, revision, authorization: headers.Authorization, keepalive: init.keepalive });
    const reply = replies.length > 1 ? replies.shift()! : replies[0]!;
    if (reply === "silence") return new Promise(() => {});
    if (reply === "no network") throw new TypeError("Failed to fetch");
    return new Response(null, reply);
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function letter(change: Partial<Letter["answer"]> = {}, url = "/v1/embed/k/responses/1"): Letter {
  const answered_at = new Date(NOW).toISOString();
  const answer = { survey: "s", version: 1, impression: "i", score: 9, revision: 1, complete: false, locale: "en" };
  return { url, token: "t", answer: { ...answer, answered_at, ...change } };
}
const hear = (_letter: Letter, outcome: Outcome) => void heard.push(outcome);
const settle = () => vi.advanceTimersByTimeAsync(0);

test("an answer is sent at once, as the person, so that it outlives the page", async () => {
  storage("open");
  outbox(hear)(letter());
  expect(requests).toEqual([{ url: letter().url, revision: 1, authorization: "Bearer t", keepalive: true }]);
  await settle();
  expect(heard).toEqual(["sent"]);
});

test("without a token nobody is named", async () => {
  storage("open");
  outbox(hear)({ ...letter(), token: null });
  expect(requests[0]!.authorization).toBeUndefined();
});

test("an answer is kept until the server has it", async () => {
  const kept = storage("open");
  replies = ["no network", { status: 201 }];
  outbox(hear)(letter());
  await settle();
  expect(heard).toEqual(["failed"]);
  expect(kept.size).toBe(1);
  await vi.advanceTimersByTimeAsync(1000);
  expect(heard).toEqual(["failed", "sent"]);
  expect(kept.size).toBe(0);
});

test.each([500, 503, 429])("a server that says %i is tried again, when it says", async (status) => {
  storage("open");
  replies = [{ status, headers: { "Retry-After": "20" } }, { status: 201 }];
  outbox(hear)(letter());
  await vi.advanceTimersByTimeAsync(19_900);
  expect(requests).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(200);
  expect(requests).toHaveLength(2);
  expect(heard).toEqual(["failed", "sent"]);
});

test.each([400, 401, 403, 404, 409, 410, 422])("a server that says %i is not asked again", async (status) => {
  const kept = storage("open");
  replies = [{ status }];
  outbox(hear)(letter());
  await vi.advanceTimersByTimeAsync(DAY);
  expect(requests).toHaveLength(1);
  expect(heard).toEqual(["refused"]);
  expect(kept.size).toBe(0);
});

test("each try waits about twice as long as the one before, and never longer than five minutes", () => {
  for (const tries of [0, 1, 2, 5, 8, 20, 2000]) {
    const longest = Math.min(2 ** tries, 300);
    const waited = pause(tries, null, NOW);
    expect(waited).toBeGreaterThanOrEqual(longest / 2);
    expect(waited).toBeLessThanOrEqual(longest);
  }
});

test("the server may name a moment instead of a number of seconds", () => {
  expect(pause(0, new Date(NOW + 90_000).toUTCString(), NOW)).toBe(90);
  expect(pause(0, "soon", NOW)).toBeLessThanOrEqual(1);
  expect(pause(0, "99999999999", NOW)).toBe(86_400);
});

test("a newer revision takes the place of one that could not be sent", async () => {
  storage("open");
  replies = ["no network", { status: 201 }];
  const send = outbox(hear);
  send(letter());
  await settle();
  send(letter({ revision: 2, score: 4 }));
  await vi.advanceTimersByTimeAsync(DAY);
  expect(requests.map(({ revision }) => revision)).toEqual([1, 2]);
  expect(heard).toEqual(["failed", "sent"]);
});

test("an older revision is not tried again while a newer one is on its way", async () => {
  storage("open");
  replies = ["no network", "silence"];
  const send = outbox(hear);
  send(letter());
  await settle();
  send(letter({ revision: 2 }));
  await vi.advanceTimersByTimeAsync(DAY);
  expect(requests.map(({ revision }) => revision)).toEqual([1, 2]);
});

test("a late answer to an older revision does not let go of the newer one", async () => {
  const kept = storage("open");
  replies = [{ status: 201 }, "no network"];
  const send = outbox(hear);
  send(letter());
  send(letter({ revision: 2 }));
  await settle();
  expect(heard).toEqual(["failed"]);
  expect([...kept.values()][0]).toContain('"revision":2');
});

test("what one frame could not send the next one does, as the person who wrote it", async () => {
  storage("open");
  replies = ["no network"];
  outbox(hear)(letter());
  await settle();
  vi.clearAllTimers();
  replies = [{ status: 201 }];
  outbox(hear);
  await settle();
  expect(requests.map(({ authorization }) => authorization)).toEqual(["Bearer t", "Bearer t"]);
  expect(heard).toEqual(["failed", "sent"]);
});

test("an answer older than a week is let go, because its token no longer counts", async () => {
  const kept = storage("open");
  replies = ["no network"];
  outbox(hear)(letter({ answered_at: new Date(NOW - 8 * DAY).toISOString() }));
  await settle();
  vi.clearAllTimers();
  outbox(hear);
  await settle();
  expect(requests).toHaveLength(1);
  expect(kept.size).toBe(0);
});

test("back online, it does not wait for the next try", async () => {
  storage("open");
  replies = ["no network"];
  outbox(hear)(letter());
  await vi.advanceTimersByTimeAsync(60_000);
  const before = requests.length;
  replies = [{ status: 201 }];
  fire("online");
  await settle();
  expect(requests).toHaveLength(before + 1);
  expect(heard.at(-1)).toBe("sent");
  await vi.advanceTimersByTimeAsync(DAY);
  expect(requests).toHaveLength(before + 1);
});

test("going on- and offline does not multiply the tries", async () => {
  storage("open");
  replies = ["no network"];
  outbox(hear)(letter());
  for (let i = 0; i < 20; i++) fire("online");
  await settle();
  const before = requests.length;
  await vi.advanceTimersByTimeAsync(1000);
  expect(requests).toHaveLength(before + 1);
});

test("with storage closed it sends and tries again all the same", async () => {
  storage("closed");
  replies = ["no network", { status: 201 }];
  outbox(hear)(letter());
  await vi.advanceTimersByTimeAsync(1000);
  expect(heard).toEqual(["failed", "sent"]);
});

test("what somebody else wrote under our name is not read as an answer", async () => {
  const kept = storage("open");
  kept.set("feedback.unsent", "not JSON");
  outbox(hear)(letter());
  await settle();
  expect(heard).toEqual(["sent"]);
});

test("a browser that wants nothing kept keeps nothing", async () => {
  const kept = storage("open");
  privacyControl(true);
  replies = ["no network"];
  outbox(hear)(letter());
  await settle();
  expect(kept.size).toBe(0);
});
