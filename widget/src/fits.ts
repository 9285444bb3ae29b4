/** Whether the page is one of those that a rule means. */
import type { Rule, Table } from "./site.ts";

/** One look-up for each character: no address, and no pattern, takes longer than its length. */
function walk({ accept, moves }: Table, text: string): boolean {
  let state: number | undefined = 0;
  for (const character of text) state = moves[state!]?.[character] ?? moves[state!]?.[""];
  return accept.includes(state!);
}

export function fits(rule?: Rule): boolean {
  if (!rule) return true;
  if ("all" in rule) return rule.all.every(fits);
  if ("any" in rule) return rule.any.some(fits);
  if ("not" in rule) return !fits(rule.not);
  return "path" in rule ? walk(rule.path, location.pathname) : walk(rule.url, location.href);
}
