/** Builds the three parts of the widget, each in the form in which it is served, into the service's static files. */
import { rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type EnvironmentOptions, type Rolldown, defineConfig } from "vite";
import { oneFile } from "./one-file.ts";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const out = process.env.WIDGET_OUT ?? at("../feedback/static/embed");

const part = (input: string, output: Rolldown.OutputOptions): EnvironmentOptions => ({
  consumer: "client",
  build: { rolldownOptions: { input: at(input), output, preserveEntrySignatures: "exports-only" } },
});

export default defineConfig({
  root: at("src/frame"),
  base: "./",
  publicDir: false,
  logLevel: "warn",
  build: {
    outDir: out,
    emptyOutDir: false,
    target: "es2020",
    // The first browsers with logical sides and `:is`: the CSS is shipped as it is written.
    cssTarget: ["chrome105", "firefox110", "safari15.4"],
    // Complete, and beside the files; not named in them, so that no browser asks for one.
    sourcemap: "hidden",
    modulePreload: false,
    reportCompressedSize: false,
  },
  environments: {
    embed: part("src/embed.ts", { format: "iife", entryFileNames: "embed.js" }),
    rules: part("src/rules.ts", { format: "es", entryFileNames: "rules.[hash].js" }),
    frame: part("src/frame/index.html", { format: "es" }),
  },
  plugins: [oneFile("frame", "frame.html")],
  builder: {
    async buildApp(builder) {
      rmSync(out, { recursive: true, force: true });
      const built = new Map<string, string>();
      for (const name of ["embed", "rules", "frame"]) {
        const { output } = (await builder.build(builder.environments[name]!)) as Rolldown.RolldownOutput;
        built.set(name, basename(output[0].fileName));
      }
      writeFileSync(join(out, "manifest.json"), `${JSON.stringify({ rules: built.get("rules") })}\n`);
    },
  },
});
