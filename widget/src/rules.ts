/** Decides when to ask, lets the server decide whether, and hands over to the frame. */
import { pageIsFree } from "./page.ts";
import { show } from "./card.ts";
import { askedBefore, rememberAsked } from "./memory.ts";
import type { Call, Config, Grant, Site, Survey } from "./site.ts";

/** What the server takes as a language; a page may say anything, and some systems say `en-US@posix`. */
const LANGUAGE = /^[a-z\d]{1,8}(-[a-z\d]{1,8}){0,7}$/i;

/** What the person reads, best first: the language of the page that they are using, then their browser's. */
const languages = (): string[] =>
  [document.documentElement.lang, ...navigator.languages].filter((tag) => LANGUAGE.test(tag)).slice(0, 20);

/** Starts the triggers and returns what obeys the page's calls. */
export function start(site: Site, config: Config): (call: Call) => void {
  let timers: number[] = [];
  let line: Promise<void> = Promise.resolve();
  let standing: HTMLIFrameElement | undefined;

  const ask = async (survey: Survey): Promise<void> => {
    try {
      await pageIsFree();
      const { token } = site;
      if (standing?.isConnected || (config.token_required && !token)) return;
      const { name, version } = survey;
      const reply = await site.post("impressions", { survey: name, version, locales: languages() });
      const grant: Grant | { due?: false } = await reply.json();
      if (!grant.due) return;
      await pageIsFree();
      // Permission is for one person, and by now somebody else may be there.
      if (token !== site.token) return await ask(survey);
      standing = show(site.origin, grant.frame, token, {
        shown: () => token || rememberAsked(),
        closed: () => (standing = undefined),
      });
    } catch {}
  };
  /** One after the other: the card of the first keeps the second from asking. */
  const queue = (survey: Survey): void => {
    line = line.then(() => ask(survey));
  };

  const decide = (): void => {
    timers.forEach(clearTimeout);
    timers = [];
    for (const survey of config.surveys) {
      if (survey.trigger && (site.token || !askedBefore()))
        timers.push(window.setTimeout(queue, survey.trigger.delay_s * 1000, survey));
    }
  };

  decide();
  return ({ 0: command, 1: name }: Call) => {
    if (command === "identify") decide();
    if (command === "ask") {
      const survey = config.surveys.find((one) => one.name === name);
      if (survey) queue(survey);
    }
  };
}
