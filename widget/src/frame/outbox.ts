/**
 * Sends answers, and takes them back, until the server knows: keeps what is unsent where a later frame finds it, tries
 * again when the network or the server fails, and lets a newer letter to the same address take an older one's place.
 */
import { unfollowed } from "../unfollowed.ts";

export interface Answer {
  survey: string;
  version: number;
  impression: string;
  score: number;
  comment?: string | undefined;
  reason?: string | undefined;
  /** An e-mail address, where the person wants to be asked more. */
  contact?: string | undefined;
  revision: number;
  complete: boolean;
  answered_at: string;
  locale: string;
}

/** One message on its way. `url` names it: it holds the id that this document was given for its answer. */
export interface Letter {
  /** An answer, its deletion, or that the person is not to be asked again. */
  method: "PUT" | "DELETE" | "POST";
  url: string;
  /** Its own, because the next frame may be another person's. */
  token: string | null;
  body?: object | undefined;
  /** What it has done once it is sent. */
  done: "sent" | "deleted" | "never_done";
}

export type Outcome = "sent" | "failed" | "refused";

const KEY = "feedback.unsent";
const NOTHING = "{}";
const LONGEST_S = 300;
const DAY_S = 86_400;

/** Storage may be full or closed to us: then an answer that fails lives as long as its page. */
function keep(change: (letters: Record<string, Letter>) => void): void {
  try {
    const letters = JSON.parse(localStorage.getItem(KEY) ?? NOTHING);
    change(letters);
    const text = JSON.stringify(letters);
    if (text === NOTHING) localStorage.removeItem(KEY);
    else if (!unfollowed()) localStorage.setItem(KEY, text);
  } catch {}
}

/** Sends JSON as the person of `token`; without one nobody vouches for it. */
export const send = (method: string, url: string, token: string | null, body: unknown): Promise<Response> =>
  fetch(url, {
    method,
    // Arrives also when the card is closed or the page is left.
    keepalive: true,
    headers: { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  });

/** How long to wait before the next try, in seconds: what the server asks for, else twice as long each time. */
export function pause(tries: number, retryAfter: string | null, now: number): number {
  const asked = Number(retryAfter) || (Date.parse(retryAfter ?? "") - now) / 1000;
  // The share of chance keeps a server that comes back from being met by everybody at once.
  return asked > 0 ? Math.min(asked, DAY_S) : Math.min(2 ** tries, LONGEST_S) * (0.5 + Math.random() / 2);
}

/** Starts with what earlier frames left unsent. Returns what sends a letter; `hear` is told how each try went. */
export function outbox(hear: (letter: Letter, outcome: Outcome) => void): (letter: Letter) => void {
  const newest = new Map<string, Letter>();
  let timer: ReturnType<typeof setTimeout>;
  /** Whether an answer arrived; known once what is under way has come to an end. */
  let there: Promise<boolean | undefined> | undefined;

  /** One server, one wait: what else is unsent goes with what failed last. */
  const flush = (tries: number) => newest.forEach((letter) => attempt(letter, tries));
  const attempt = async (letter: Letter, tries: number): Promise<void> => {
    const { method, url, token, body } = letter;
    const before = there;
    let retryAfter: string | null = null;
    let outcome: Outcome = "failed";
    newest.set(url, letter);
    // An answer that is under way must not arrive after its own deletion.
    const known = method !== "DELETE" || (await before);
    try {
      const request = send(method, url, token, body);
      if (method === "PUT") there = request.then(({ ok }) => ok || before, () => before);
      const reply = await request;
      retryAfter = reply.headers.get("Retry-After");
      if (reply.ok) outcome = "sent";
      else if (reply.status < 500 && reply.status !== 429) outcome = "refused";
    } catch {}
    // A newer letter has taken over, or another try was quicker.
    if (newest.get(url) !== letter) return;
    if (outcome === "failed") {
      clearTimeout(timer);
      timer = setTimeout(flush, pause(tries, retryAfter, Date.now()) * 1000, tries + 1);
    } else {
      newest.delete(url);
      keep((letters) => delete letters[url]);
    }
    // An answer that never arrived is gone with its letter; the deletion is for the case that only the reply was lost.
    hear(letter, known ? outcome : "sent");
  };

  // One that is too old by now is refused, and so let go.
  keep((letters) => Object.values(letters).forEach((letter) => attempt(letter, 0)));
  addEventListener("online", () => flush(0));

  return (letter) => {
    keep((letters) => (letters[letter.url] = letter));
    void attempt(letter, 0);
  };
}
