/** What is shipped, built here into a folder of its own: the service computes its policy from these files. */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { SourceMap } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { createBuilder } from "vite";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

const folders: string[] = [];

/** Compressing the charts as well as can be takes its time. */
const A_BUILD_MS = 120_000;
let charts: string;

async function build(): Promise<Map<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), "widget-"));
  charts = mkdtempSync(join(tmpdir(), "charts-"));
  folders.push(folder, charts);
  vi.stubEnv("WIDGET_OUT", folder);
  vi.stubEnv("CHARTS_OUT", charts);
  const builder = await createBuilder({ configFile: join(import.meta.dirname, "../vite.config.ts") });
  await builder.buildApp();
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

let files: Map<string, string>;
let frame: string;
beforeAll(async () => {
  files = await build();
  frame = files.get("frame.html")!;
}, A_BUILD_MS);
afterAll(() => {
  vi.unstubAllEnvs();
  folders.forEach((folder) => rmSync(folder, { recursive: true }));
});

test("the manifest names the rules, and nothing else is there", () => {
  const { rules } = JSON.parse(files.get("manifest.json")!);
  expect(rules).toMatch(/^rules\.[\w-]+\.js$/);
  const served = ["embed.js", rules, "frame.html"];
  expect([...files.keys()].sort()).toEqual([...served, ...served.map((name) => `${name}.map`), "manifest.json"].sort());
});

test("the same source builds the same bytes", async () => {
  expect(await build()).toEqual(files);
}, A_BUILD_MS);

test("the frame is one style and one script, which the service takes out while it fills the rest", () => {
  for (const part of ["<style>", "</style>", "<script>", "</script>"]) expect(frame.split(part), part).toHaveLength(2);
  expect(frame).not.toMatch(/<(link|script|style|img|iframe)\s/);
});

test("the frame's template comes through the build as it was written", () => {
  const written = readFileSync(join(import.meta.dirname, "../src/frame/index.html"), "utf8");
  const places = (text: string) => text.match(/{%.*?%}|{{.*?}}/g)!.map((one) => one.replace(/\s+(?=[%}]})|(?<={[{%])\s+/g, ""));
  expect(places(frame)).toEqual(places(written));
  const style = frame.match(/<style>([^]*)<\/style>/)![1];
  const script = frame.match(/<script>([^]*)<\/script>/)![1];
  expect(style + script!).not.toMatch(/{{|{%|{#/);
});

test("what is filled in stands in quotes", () => {
  expect(frame).not.toMatch(/=\{[{%]/);
  expect(frame).toContain('value="{{value}}"');
});

test("the frame has no inline style and no inline handler, which its policy would refuse", () => {
  const markup = frame.replace(/<(style|script)>[^]*?<\/\1>/g, "");
  expect(markup).not.toMatch(/\s(style|on\w+)=/);
});

test("nothing turns text into markup or code", () => {
  for (const [name, text] of files) {
    if (name.endsWith(".map")) continue;
    expect(text, name).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function/);
  }
});

test("the loader leaves nothing at the top level of the page", () => {
  expect(files.get("embed.js")).toMatch(/^(\(|!)[^]*\)\(?\)?;?\s*$/);
  expect(files.get("embed.js")).not.toMatch(/^(var|let|const|function)\b/m);
});

test("the source maps are complete, and lead from the frame's script to its source", () => {
  for (const [name, text] of files) {
    if (!name.endsWith(".map")) continue;
    const map = JSON.parse(text);
    expect(map.sourcesContent, name).toHaveLength(map.sources.length);
    expect(map.sourcesContent.every((source: string | null) => source), name).toBe(true);
  }
  const lines = frame.split("\n");
  const line = lines.findIndex((one) => one.includes("feedback.unsent"));
  const column = lines[line]!.indexOf("`feedback.unsent`");
  const entry = new SourceMap(JSON.parse(files.get("frame.html.map")!)).findEntry(line, column);
  expect(entry).toMatchObject({ originalSource: expect.stringMatching(/outbox\.ts$/) });
});

test("the charts are one script, and the same in both compressed forms", () => {
  const [script, ...packed] = readdirSync(charts).sort();
  expect(script).toMatch(/^charts\.[\w-]+\.js$/);
  expect(packed).toEqual([`${script}.br`, `${script}.gz`]);
  const content = readFileSync(join(charts, script!));
  expect(brotliDecompressSync(readFileSync(join(charts, `${script}.br`))).equals(content)).toBe(true);
  expect(gunzipSync(readFileSync(join(charts, `${script}.gz`))).equals(content)).toBe(true);
});
