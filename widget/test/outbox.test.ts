import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Answer, type Letter, type Outcome, outbox, pause } from "../src/frame/outbox.ts";
import { events, privacyControl, storage } from "./browser.ts";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const DAY = 86_400_000;

interface Request {
  method: string;
  url: string;
  revision: number | undefined;
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
    const { revision } = JSON.parse((init.body as string) ?? "{}");
    const { method, keepalive } = init as { method: string; keepalive: boolean };
    requests.push({ method, url, revision, authorization: headers.Authorization, keepalive });
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

function letter(change: Partial<Answer> = {}, url = "/v1/embed/k/responses/1"): Letter {
  const answered_at = new Date(NOW).toISOString();
  const answer = { survey: "s", version: 1, impression: "i", score: 9, revision: 1, complete: false, locale: "en" };
  return { method: "PUT", url, token: "t", body: { ...answer, answered_at, ...change }, done: "sent" };
}
const deletion = (): Letter => ({ method: "DELETE", url: letter().url, token: "t", done: "deleted" });
const hear = (_letter: Letter, outcome: Outcome) => void heard.push(outcome);
const settle = () => vi.advanceTimersByTimeAsync(0);

test("an answer is sent at once, as the person, so that it outlives the page", async () => {
  storage("open");
  outbox(hear)(letter());
  const { url } = letter();
  expect(requests).toEqual([{ method: "PUT", url, revision: 1, authorization: "Bearer t", keepalive: true }]);
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
  expect(requests.filter(({ revision }) => revision === 1)).toHaveLength(1);
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

test("an answer that has become too old is refused once and let go", async () => {
  const kept = storage("open");
  replies = ["no network"];
  outbox(hear)(letter());
  await settle();
  vi.clearAllTimers();
  replies = [{ status: 401 }];
  outbox(hear);
  await vi.advanceTimersByTimeAsync(DAY);
  expect(requests).toHaveLength(2);
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

test("what is unsent to several addresses goes together, after one wait", async () => {
  const kept = storage("open");
  replies = ["no network", "no network", { status: 201 }];
  const send = outbox(hear);
  send(letter());
  send(letter({}, "/v1/embed/k/responses/2"));
  await settle();
  await vi.advanceTimersByTimeAsync(1000);
  expect(requests.map(({ url }) => url.slice(-1))).toEqual(["1", "2", "1", "2"]);
  expect(kept.size).toBe(0);
});

test("a deletion takes the place of an answer that was not sent, which is gone at once", async () => {
  const kept = storage("open");
  replies = ["no network"];
  const send = outbox(hear);
  send(letter());
  await settle();
  send(deletion());
  await settle();
  expect(heard).toEqual(["failed", "sent"]);
  expect([...kept.values()].join()).not.toMatch(/score|"PUT"/);
  replies = [{ status: 204 }];
  await vi.advanceTimersByTimeAsync(DAY);
  expect(requests.filter(({ method }) => method === "PUT")).toHaveLength(1);
  expect(kept.size).toBe(0);
});

test("an answer that the server has is deleted only when the server says so, and that is tried again", async () => {
  const kept = storage("open");
  replies = [{ status: 201 }, "no network", { status: 503 }, { status: 204 }];
  const send = outbox(hear);
  send(letter());
  await settle();
  send(deletion());
  await vi.advanceTimersByTimeAsync(60_000);
  expect(requests.map(({ method }) => method)).toEqual(["PUT", "DELETE", "DELETE", "DELETE"]);
  expect(heard).toEqual(["sent", "failed", "failed", "sent"]);
  expect(kept.size).toBe(0);
});

test("a deletion waits for the answer that is under way, and is kept meanwhile", async () => {
  const kept = storage("open");
  let arrive = (_reply: Response) => {};
  const slow = new Promise<Response>((resolve) => (arrive = resolve));
  const fetched = vi.fn(async (_url: string, init: RequestInit) => (init.method === "PUT" ? slow : new Response()));
  vi.stubGlobal("fetch", fetched);
  const send = outbox(hear);
  send(letter());
  send(deletion());
  await settle();
  expect(fetched).toHaveBeenCalledOnce();
  expect([...kept.values()][0]).toContain("DELETE");
  arrive(new Response());
  await settle();
  expect(fetched.mock.calls.map(([, init]) => init.method)).toEqual(["PUT", "DELETE"]);
  expect(heard).toEqual(["sent"]);
});

test("a deletion that the server refuses is said to be refused where the answer is known to be there", async () => {
  storage("open");
  replies = [{ status: 201 }, { status: 401 }];
  const send = outbox(hear);
  send(letter());
  await settle();
  send(deletion());
  await settle();
  expect(heard).toEqual(["sent", "refused"]);
});

test("a deletion of an answer that the server never had is done, whatever the server says", async () => {
  storage("open");
  replies = ["no network", { status: 404 }];
  const send = outbox(hear);
  send(letter());
  await settle();
  send(deletion());
  await settle();
  expect(heard).toEqual(["failed", "sent"]);
});

test("a deletion that one frame could not send the next one does", async () => {
  const kept = storage("open");
  replies = [{ status: 201 }, "no network"];
  const send = outbox(hear);
  send(letter());
  await settle();
  send(deletion());
  await settle();
  vi.clearAllTimers();
  replies = [{ status: 204 }];
  outbox(hear);
  await settle();
  expect(requests.map(({ method }) => method)).toEqual(["PUT", "DELETE", "DELETE"]);
  expect(kept.size).toBe(0);
});

test("that somebody is not to be asked again is tried until the server knows, each as their own person", async () => {
  const kept = storage("open");
  replies = ["no network"];
  const post = (id: string, token: string): Letter => {
    return { method: "POST", url: `/v1/embed/k/objection#${id}`, token, body: {}, done: "never_done" };
  };
  outbox(hear)(post("1", "anna"));
  await settle();
  vi.clearAllTimers();
  outbox(hear)(post("2", "ben"));
  await settle();
  expect(Object.keys(JSON.parse([...kept.values()][0]!))).toHaveLength(2);
  replies = [{ status: 200 }];
  await vi.advanceTimersByTimeAsync(DAY);
  expect(requests.slice(-2).map(({ authorization }) => authorization)).toEqual(["Bearer anna", "Bearer ben"]);
  expect(kept.size).toBe(0);
});
