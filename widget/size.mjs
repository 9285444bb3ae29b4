/** Fails when a part of the widget is larger than its budget: bytes after `gzip -9`, as one request carries them. */
import { readFileSync, readdirSync } from "node:fs";
import { gzipSync } from "node:zlib";

const built = new URL("../feedback/static/embed/", import.meta.url);
const budgets = [
  [/^embed\.js$/, 1000],
  [/^rules\..+\.js$/, 2200],
  [/^frame\.html$/, 3500],
];

for (const [name, budget] of budgets) {
  const files = readdirSync(built).filter((file) => name.test(file));
  if (files.length !== 1) throw new Error(`${files.length} files are named ${name}: run "npm run build" first`);
  const size = gzipSync(readFileSync(new URL(files[0], built)), { level: 9 }).length;
  console.log(`${files[0]}: ${size} of ${budget} bytes`);
  if (size > budget) process.exitCode = 1;
}
