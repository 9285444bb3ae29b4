/** Builds the three parts of the widget and the desk's charts, each as it is served, into the service's static files. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import { type EnvironmentOptions, type Rolldown, defineConfig } from "vite";
import { oneFile } from "./one-file.ts";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const out = process.env.WIDGET_OUT ?? at("../feedback/static/embed");

const charts = process.env.CHARTS_OUT ?? at("../feedback/static/charts");

/**
 * Vega-Lite goes to the browser too: 50 kB more than specifications that the server compiled would need, but no server
 * then runs a JavaScript engine of 170 MB for a page.
 */
const part = (input: string, output: Rolldown.OutputOptions): EnvironmentOptions => ({
  consumer: "client",
  build: { rolldownOptions: { input: at(input), output, preserveEntrySignatures: "exports-only" } },
});

/** Puts both compressed forms beside the file: once, as small as can be, instead of for every reader. */
function compress(path: string): void {
  const content = readFileSync(path);
  writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
  writeFileSync(`${path}.br`, brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.length } }));
}

export default defineConfig({
  root: at("src/frame"),
  base: "./",
  publicDir: false,
  resolve: { alias: [{ find: /^vega$/, replacement: at("src/charts/vega.ts") }] },
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
    charts: {
      consumer: "client",
      build: {
        outDir: charts,
        // Of ten times the size, for code that is nearly all of others.
        sourcemap: false,
        chunkSizeWarningLimit: 1000,
        rolldownOptions: {
          input: at("src/charts/main.ts"),
          output: { format: "iife", entryFileNames: "charts.[hash].js" },
        },
      },
    },
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
      rmSync(charts, { recursive: true, force: true });
      const { output } = (await builder.build(builder.environments.charts!)) as Rolldown.RolldownOutput;
      compress(join(charts, output[0].fileName));
      // The last, for `make` goes by its age.
      writeFileSync(join(out, "manifest.json"), `${JSON.stringify({ rules: built.get("rules") })}\n`);
    },
  },
});
