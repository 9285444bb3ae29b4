/**
 * The loader: reads its own tag, fetches the configuration and imports the rules when there is something to ask.
 *
 * It lives in somebody else's page: nothing here may throw, and everything is inside one function because a classic
 * script shares its top level with the page.
 */
import type { Call, Config, Feedback, Rules, Site } from "./site.ts";

(() => {
  try {
    const page = window as { feedback?: Feedback };
    // Known only while this script runs, and not at all to a module.
    const tag = (document.currentScript ?? document.querySelector("script[data-key]")) as HTMLScriptElement;
    const before = page.feedback;
    if (before?.loaded) return;

    const { origin } = new URL(tag.src);
    const api = `${origin}/v1/embed/${tag.dataset.key}/`;
    const quiet = () => {};
    const site: Site = {
      origin,
      token: undefined,
      post: (path, body) =>
        fetch(api + path, {
          method: "POST",
          credentials: "omit",
          headers: { "Content-Type": "application/json", ...(site.token && { Authorization: `Bearer ${site.token}` }) },
          body: JSON.stringify(body),
        }),
    };
    const waiting: Call[] = [];
    let obey: (call: Call) => void = (call) => waiting.push(call);

    const feedback: Feedback = (...call) => {
      try {
        if (call[0] === "identify") {
          site.token = (call[1] as { token: string }).token;
          if (site.token) site.post("activity", {}).catch(quiet);
        }
        obey(call);
      } catch {}
    };
    feedback.loaded = true;
    page.feedback = feedback;

    if (tag.dataset.token) feedback("identify", { token: tag.dataset.token });
    for (const call of Array.from(before?.q ?? [])) feedback(...Array.from(call));

    fetch(`${api}config`, { credentials: "omit" })
      .then((reply) => reply.json())
      .then(async (config: Config) => {
        if (!config.surveys.length) return;
        const rules: Rules = await import(/* @vite-ignore */ origin + config.rules);
        obey = rules.start(site, config);
        waiting.forEach(obey);
      })
      .catch(quiet);
  } catch {}
})();
