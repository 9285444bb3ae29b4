import { readFileSync } from "node:fs";
import { afterEach, expect, test, vi } from "vitest";
import { fits } from "../src/fits.ts";
import type { Rule, Table } from "../src/site.ts";

interface Case {
  rule: Rule;
  fits: string[];
  misses: string[];
}

/** Made and checked by the service's own tests, from the same rules. */
const CASES: Case[] = JSON.parse(readFileSync(new URL("pages.json", import.meta.url), "utf8"));

afterEach(() => vi.unstubAllGlobals());

const at = (address: string) => vi.stubGlobal("location", new URL(address));

test.each(CASES.map((one) => [one.rule.text!, one] as const))("%s", (_, { rule, fits: fitting, misses }) => {
  for (const address of fitting) {
    at(address);
    expect(fits(rule), address).toBe(true);
  }
  for (const address of misses) {
    at(address);
    expect(fits(rule), address).toBe(false);
  }
});

test("without a rule every page fits", () => {
  expect(fits(undefined)).toBe(true);
});

test("a pattern that ruins other matchers takes one look at each character", () => {
  /** `(a+)+b`, as the service makes it. */
  const path: Table = { accept: [2], moves: [{ a: 1, "": 0 }, { a: 1, b: 2, "": 0 }, { "": 2 }] };
  const started = performance.now();
  vi.stubGlobal("location", { pathname: "a".repeat(50_000) });
  expect(fits({ path })).toBe(false);
  vi.stubGlobal("location", { pathname: `${"a".repeat(50_000)}b/` });
  expect(fits({ path })).toBe(true);
  expect(performance.now() - started).toBeLessThan(500);
});
