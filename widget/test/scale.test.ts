import { expect, test } from "vitest";
import { next, side } from "../src/frame/scale.ts";

test("a score from 0 to 6 is asked what got in the way, 9 and 10 what to keep", () => {
  const sides = Array.from({ length: 11 }, (_, score) => side(score));
  expect(sides.slice(0, 7)).toEqual(Array(7).fill("detractor"));
  expect(sides.slice(7, 9)).toEqual(["passive", "passive"]);
  expect(sides.slice(9)).toEqual(["promoter", "promoter"]);
});

test("arrows lead to the next number and around the ends", () => {
  expect(next("ArrowRight", 3, 11, false)).toBe(4);
  expect(next("ArrowLeft", 3, 11, false)).toBe(2);
  expect(next("ArrowDown", 10, 11, false)).toBe(0);
  expect(next("ArrowUp", 0, 11, false)).toBe(10);
});

test("from right to left the left arrow leads to the greater number", () => {
  expect(next("ArrowLeft", 3, 11, true)).toBe(4);
  expect(next("ArrowRight", 3, 11, true)).toBe(2);
  expect(next("ArrowDown", 3, 11, true)).toBe(4);
});

test("other keys lead nowhere", () => {
  for (const key of ["Tab", " ", "Enter", "5", "Home"]) expect(next(key, 3, 11, false)).toBeUndefined();
});
