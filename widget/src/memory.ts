/** Without a token only this browser can remember that somebody was asked; with one the server does. */
import { unfollowed } from "./unfollowed.ts";

const KEY = "feedback.asked";
/** 90 days, as long as after an answer: the page is not told whether there was one. */
const REST_MS = 90 * 86_400_000;

/** What this document knows by itself, and what other tabs tell it where nothing can be stored. */
let known: string | undefined;
let tabs: BroadcastChannel | undefined;

/**
 * Why this browser is left alone, in words; nothing when it is not. One that wants nothing kept always is: it would be
 * asked on every page otherwise. By hand it can be asked, but not somebody who said never.
 */
export function leftAlone(byHand?: boolean): string | false {
  let asked = known;
  try {
    asked = localStorage.getItem(KEY) ?? asked;
  } catch {
    try {
      tabs ??= new BroadcastChannel(KEY);
      tabs.onmessage = ({ data }) => (known = data);
    } catch {}
  }
  if (asked === "never") return "never again here";
  if (byHand) return false;
  if (unfollowed()) return "GPC";
  return +asked! > Date.now() - REST_MS && "asked before here";
}

/** Keeps that somebody was asked now, or said `never` again. */
export function remember(news: string): void {
  known = news.replace("shown", `${Date.now()}`);
  try {
    if (!unfollowed()) localStorage.setItem(KEY, known);
  } catch {
    tabs?.postMessage(known);
  }
}
