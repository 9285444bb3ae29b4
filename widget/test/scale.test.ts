import { expect, test } from "vitest";
import { next } from "../src/frame/scale.ts";

test("arrows lead to the next one and around the ends", () => {
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
