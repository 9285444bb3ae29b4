/** Decides when to ask, lets the server decide whether, and hands over to the frame. */
import { pageIsFree } from "./page.ts";
import { show } from "./card.ts";
import { askedBefore, rememberAsked } from "./memory.ts";
import type { Call, Config, Grant, Site, Survey } from "./site.ts";

/** Starts the triggers and returns what obeys the page's calls. */
export function start(site: Site, config: Config): (call: Call) => void {
  let person = 0;
  let asking = false;
  let timers: number[] = [];
  let standing: HTMLIFrameElement | undefined;

  const ask = async (survey: Survey): Promise<void> => {
    const asked = person;
    const { token } = site;
    if (asking || standing?.isConnected || (config.token_required && !token)) return;
    asking = true;
    try {
      await pageIsFree();
      const { name, version } = survey;
      const reply = await site.post("impressions", { survey: name, version, locales: navigator.languages });
      const grant: Grant | { due?: false } = await reply.json();
      if (!grant.due) return;
      await pageIsFree();
      // Somebody else is there now: this permission was not for them.
      if (asked !== person) return;
      standing = show(site.origin, grant.frame, token, {
        shown: () => token || rememberAsked(),
        closed: () => (standing = undefined),
      });
    } catch {
    } finally {
      if (asked === person) asking = false;
    }
  };

  const decide = (): void => {
    timers.forEach(clearTimeout);
    timers = [];
    for (const survey of config.surveys) {
      if (survey.trigger && (site.token || !askedBefore()))
        timers.push(window.setTimeout(ask, survey.trigger.delay_s * 1000, survey));
    }
  };

  decide();
  return ({ 0: command, 1: name }: Call) => {
    if (command === "identify") {
      person++;
      asking = false;
      decide();
    }
    if (command === "ask") {
      const survey = config.surveys.find((one) => one.name === name);
      if (survey) void ask(survey);
    }
  };
}
