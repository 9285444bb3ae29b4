/** Makes one HTML file of a page, its style and its script: one request, and two hashes for its policy. */
import type { Plugin } from "vite";

/** Inlines what the page of `environment` links to and emits it as `name`, with a source map that counts its lines. */
export function oneFile(environment: string, name: string): Plugin {
  return {
    name: "one-file",
    enforce: "post",
    applyToEnvironment: (one) => one.name === environment,
    generateBundle(_options, bundle) {
      let html = "";
      let style = "";
      let script = "";
      let map: { mappings: string } | null = null;
      for (const [file, item] of Object.entries(bundle)) {
        if (item.type === "chunk") {
          script = item.code.trim();
          map = item.map;
        } else if (file.endsWith(".html")) html = String(item.source);
        else if (file.endsWith(".css")) style = String(item.source).trim();
        delete bundle[file];
      }
      if (!html || !style || !script || !map || /<\/(script|style)|<!--/.test(script + style))
        this.error(`cannot make one file of ${environment}`);

      // Functions, because `$` means something in a replacement.
      const source = html
        .replace(/<(script|link) [^>]*>(<\/script>)?/g, "")
        .replace(/\s*\n\s*/g, "")
        .replace(/({[{%]) | ([%}]})/g, "$1$2")
        .replace(/="([\w-]+)"/g, "=$1")
        .replace("</head>", () => `<style>${style}</style></head>`)
        .replace("</body>", () => `\n<script>${script}</script></body>`)
        .concat("\n");
      // The script does not begin where the file does: a line of a map is a semicolon, the first column its start.
      const lines = source.slice(0, source.indexOf("<script>")).split("\n").length - 1;
      const shifted = { ...map, file: name, mappings: ";".repeat(lines) + map.mappings };
      this.emitFile({ type: "asset", fileName: name, source });
      this.emitFile({ type: "asset", fileName: `${name}.map`, source: JSON.stringify(shifted) });
    },
  };
}
