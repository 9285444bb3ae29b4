/** Fails when a part of the widget, or the desk's charts, is larger than its budget: bytes after `gzip -9`, as one request carries them. */
import { readFileSync, readdirSync } from "node:fs";
import { gzipSync } from "node:zlib";

const embed = new URL("../feedback/static/embed/", import.meta.url);
const charts = new URL("../feedback/static/charts/", import.meta.url);
const budgets = [
  [embed, /^embed\.js$/, 1000],
  [embed, /^rules\..+\.js$/, 2200],
  [embed, /^frame\.html$/, 3500],
  [charts, /^charts\..+\.js$/, 256_000],
];

for (const [built, name, budget] of budgets) {
  const files = readdirSync(built).filter((file) => name.test(file));
  if (files.length !== 1) throw new Error(`${files.length} files are named ${name}: run "npm run build" first`);
  const size = gzipSync(readFileSync(new URL(files[0], built)), { level: 9 }).length;
  console.log(`${files[0]}: ${size} of ${budget} bytes`);
  if (size > budget) process.exitCode = 1;
}
