/**
 * Sends answers until the server has them: keeps what is unsent where a later frame finds it, tries again when the
 * network or the server fails, and lets a newer revision take the place of an older one.
 */
import { unfollowed } from "../unfollowed.ts";

export interface Answer {
  survey: string;
  version: number;
  impression: string;
  score: number;
  comment?: string;
  revision: number;
  complete: boolean;
  answered_at: string;
  locale: string;
}

/** One answer on its way. `url` names it: it holds the id that this frame chose. */
export interface Letter {
  url: string;
  /** Its own, because the next frame may be another person's. */
  token: string | null;
  answer: Answer;
}

export type Outcome = "sent" | "failed" | "refused";

const KEY = "feedback.unsent";
/** After that the server takes no answer with an old token. */
const KEPT_MS = 7 * 86_400_000;
const LONGEST_S = 300;
const DAY_S = 86_400;

type Letters = Record<string, Letter>;

function kept(): Letters {
  try {
    return JSON.parse(localStorage.getItem(KEY)!) ?? {};
  } catch {
    return {};
  }
}

/** Storage may be full or closed to us: then an answer that fails lives as long as its page. */
function keep(change: (letters: Letters) => void): void {
  try {
    const letters = kept();
    change(letters);
    if (!Object.keys(letters).length) localStorage.removeItem(KEY);
    else if (!unfollowed()) localStorage.setItem(KEY, JSON.stringify(letters));
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
  const timers = new Map<string, ReturnType<typeof setTimeout>>();

  const attempt = async (letter: Letter, tries: number): Promise<void> => {
    const { url, token, answer } = letter;
    let retryAfter: string | null = null;
    let outcome: Outcome = "failed";
    newest.set(url, letter);
    clearTimeout(timers.get(url));
    try {
      const reply = await send("PUT", url, token, answer);
      retryAfter = reply.headers.get("Retry-After");
      if (reply.ok) outcome = "sent";
      else if (reply.status < 500 && reply.status !== 429) outcome = "refused";
    } catch {}
    // A newer revision has taken over, or another try was quicker.
    if (newest.get(url) !== letter) return;
    clearTimeout(timers.get(url));
    if (outcome === "failed") {
      timers.set(url, setTimeout(attempt, pause(tries, retryAfter, Date.now()) * 1000, letter, tries + 1));
    } else {
      newest.delete(url);
      keep((letters) => delete letters[url]);
    }
    hear(letter, outcome);
  };

  for (const letter of Object.values(kept())) {
    if (Date.parse(letter.answer.answered_at) > Date.now() - KEPT_MS) void attempt(letter, 0);
    else keep((letters) => delete letters[letter.url]);
  }
  addEventListener("online", () => newest.forEach((letter) => attempt(letter, 0)));

  return (letter) => {
    keep((letters) => (letters[letter.url] = letter));
    void attempt(letter, 0);
  };
}
