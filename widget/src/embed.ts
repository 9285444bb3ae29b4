/**
 * The loader: reads its own tag, fetches the configuration and imports the rules when there is something to ask.
 *
 * It lives in somebody else's page: nothing here may throw, and everything is inside one function because a classic
 * script shares its top level with the page.
 */
import { fits } from "./fits.ts";
import type { Call, Config, Feedback, Rules, Site } from "./site.ts";

(() => {
  try {
    const page = window as { feedback?: Feedback; navigation?: EventTarget };
    // Known only while this script runs, and not at all to a module.
    const tag = (document.currentScript ?? document.querySelector("script[data-key]")) as HTMLScriptElement;
    const before = page.feedback;
    if (before?.loaded) return;

    const { origin } = new URL(tag.src);
    const api = `${origin}/v1/embed/${tag.dataset.key}/`;
    const post = (path: string, body: unknown) =>
      fetch(api + path, {
        method: "POST",
        credentials: "omit",
        headers: { "Content-Type": "application/json", ...(site.token && { Authorization: `Bearer ${site.token}` }) },
        body: JSON.stringify(body),
      });
    const site: Site = {
      origin,
      token: null,
      fits,
      ask(survey, version) {
        // Of the page that they are using, then of their browser; a page may say anything, and some systems `C@posix`.
        const tags = [document.documentElement.lang, ...navigator.languages].filter((tag) =>
          /^[a-z\d]{1,8}(-[a-z\d]{1,8}){0,7}$/i.test(tag),
        );
        return post("impressions", { survey, version, locales: tags.slice(0, 20) });
      },
      device() {
        if (matchMedia("(pointer:fine)").matches) return "desktop";
        return Math.min(screen.width, screen.height) < 600 ? "mobile" : "tablet";
      },
    };
    const waiting: Call[] = [];
    let obey: (call: Call) => void = (call) => waiting.push(call);

    const feedback: Feedback = (...call) => {
      try {
        if (call[0] === "identify") {
          site.token = (call[1] as { token: string | null }).token;
          if (site.token) post("activity", {}).catch(() => {});
        }
        obey(call);
      } catch {}
    };
    feedback.loaded = true;
    page.feedback = feedback;

    if (tag.dataset.token) feedback("identify", { token: tag.dataset.token });
    for (const call of Array.from(before?.q ?? [])) feedback(...Array.from(call));

    const moved = () => feedback("page");
    addEventListener("popstate", moved);
    // Where there is one, it tells what a single-page application does; elsewhere the application says `page` itself.
    page.navigation?.addEventListener("currententrychange", moved);

    /** Without rules there is one call left to obey. */
    const end = (why: unknown) => {
      obey = (call) => {
        if (call[0] === "why") console.info(`feedback: ${why}`);
      };
      waiting.forEach(obey);
    };
    fetch(`${api}config`, { credentials: "omit" })
      .then(async (reply) => {
        const config: Config & { detail: string } = await reply.json();
        if (!reply.ok) throw config.detail;
        if (!config.surveys.length) return end("no survey is live");
        const rules: Rules = await import(/* @vite-ignore */ origin + config.rules);
        obey = rules.start(site, config);
        waiting.forEach(obey);
      })
      .catch((error) => end(`it could not start: ${error}`));
  } catch {}
})();
