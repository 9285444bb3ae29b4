/** Without a token only this browser can remember that somebody was asked; with one the server does. */
import { unfollowed } from "./unfollowed.ts";

const KEY = "feedback.asked";
/** As long as after an answer: the page is not told whether there was one. */
const REST_DAYS = 90;
const DAY_MS = 86_400_000;

/**
 * Whether this browser was asked so lately that it is left alone. One that wants nothing kept always is: it would be
 * asked on every page otherwise. By hand it can be asked.
 */
export function askedBefore(now: number = Date.now()): boolean {
  try {
    return unfollowed() || Number(localStorage.getItem(KEY)) > now - REST_DAYS * DAY_MS;
  } catch {
    return false;
  }
}

export function rememberAsked(now: number = Date.now()): void {
  try {
    if (!unfollowed()) localStorage.setItem(KEY, String(now));
  } catch {}
}
