/** The scale of the question: who is who on it, and where the arrow keys lead. */

export type Side = "detractor" | "passive" | "promoter";

/** Which follow-up question a score from 0 to 10 gets. */
export const side = (score: number): Side => (score < 7 ? "detractor" : score < 9 ? "passive" : "promoter");

/** Where a key leads from the number at `index` out of `count`; `undefined` if it leads nowhere. Wraps around. */
export function next(key: string, index: number, count: number, rightToLeft: boolean): number | undefined {
  const ahead = rightToLeft ? "ArrowLeft" : "ArrowRight";
  const step = key === ahead || key === "ArrowDown" ? 1 : /^Arrow/.test(key) ? -1 : 0;
  return step ? (index + step + count) % count : undefined;
}
