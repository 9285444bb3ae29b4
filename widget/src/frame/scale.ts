/** Where the arrow keys lead. */

/** Where a key leads from the option at `index` out of `count`; `undefined` if it leads nowhere. Wraps around. */
export function next(key: string, index: number, count: number, rightToLeft: boolean): number | undefined {
  const ahead = rightToLeft ? "ArrowLeft" : "ArrowRight";
  const step = key === ahead || key === "ArrowDown" ? 1 : /^Arrow/.test(key) ? -1 : 0;
  return step ? (index + step + count) % count : undefined;
}
