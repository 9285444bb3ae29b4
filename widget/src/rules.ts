/** Decides when to ask, lets the server decide whether, and hands over to the frame. */
import { show } from "./card.ts";
import { leftAlone, remember } from "./memory.ts";
import { pageIsFree } from "./page.ts";
import type { Call, Config, Grant, Refusal, Shown, Site, Survey } from "./site.ts";
import { type Happened, listen } from "./triggers.ts";

/** How long a server that cannot answer is left in peace by whatever happens in the page. */
const PAUSE_MS = 60_000;

/** One survey and how far it has come. */
interface Task extends Survey {
  delay_s: number | undefined;
  /** What has to happen first, and which of its kind; without, the page itself is enough. */
  kind: unknown;
  what: unknown;
  happened: boolean;
  /** From the beginning of the delay until the asking is over. */
  busy?: boolean;
  /** The last thing that was done, in words. */
  step?: string;
  /** Not before then again by itself, in milliseconds since 1970. */
  rest?: number;
}

function task(survey: Survey): Task {
  const { delay_s, ...on } = { ...survey.trigger };
  const [kind, what] = Object.entries(on).flat();
  return { ...survey, delay_s, kind, what, happened: !kind };
}

/** Starts the triggers and returns what obeys the page's calls. */
export function start(site: Site, config: Config): (call: Call) => void {
  const tasks = config.surveys.map(task);
  let line: Promise<void> = Promise.resolve();
  let open = false;

  /** What keeps a survey from being asked, in words. By hand, pages, devices and triggers do not. */
  const hindrance = (task: Task, byHand?: boolean): string | false | undefined => {
    if (open) return "a card is open";
    if (!byHand && task.rest! > Date.now()) return task.step;
    if (config.token_required && !site.token) return "no token";
    const alone = !site.token && leftAlone(byHand);
    if (alone || byHand) return alone;
    if (!task.trigger) return task.step ?? "by hand only";
    if (task.devices?.includes(site.device()) === false) return `not on ${site.device()}`;
    if (!site.fits(task.pages)) return `page is not ${task.pages!.text}`;
    return !task.happened && `waiting for ${task.kind} ${task.what}`;
  };

  const ask = async (task: Task, byHand?: boolean): Promise<void> => {
    const { token } = site;
    if (hindrance(task, byHand)) return;
    const reply = await site.ask(task.name, task.version);
    const answer: Grant | Refusal = await reply.json();
    if (!answer.due) {
      task.step = `server: ${JSON.stringify(answer)}`;
      task.rest = Date.parse(answer.again_at ?? "9999");
      task.happened = !task.kind;
      // Lots are drawn by the server, who does not know next time that they were.
      if (!token && answer.reason === "not_in_sample") remember("shown");
      // Shown lately and not answered, for all the server knows: the frame has a look at what is unsent, unseen.
      if (answer.frame) show(site.origin, answer as Shown, token, () => {});
      return;
    }
    await pageIsFree();
    // Permission is for one person, and by now somebody else may be there.
    if (token !== site.token) return ask(task, byHand);
    if (hindrance(task, byHand)) return;
    task.step = "no frame: frame-src?";
    task.rest = Infinity;
    await new Promise<void>((done) => {
      show(site.origin, answer, token, (news) => {
        open = news !== "closed";
        if (open) {
          task.step = "shown";
          if (!token) remember(news);
        }
        done();
      });
    });
  };
  /** One after the other, here and across tabs: the card of the first keeps the second from asking. */
  const queue = (task: Task, byHand?: boolean): void => {
    const turn = () =>
      ask(task, byHand).catch((error) => {
        task.step = `failed: ${error}`;
        task.rest = Date.now() + PAUSE_MS;
      });
    if (!hindrance(task, byHand)) task.step = "hidden page or dialog";
    line = line
      .then(pageIsFree)
      .then(() => navigator.locks.request("feedback", turn))
      // There are no locks in a page that is not a secure context, and none for a page without an origin.
      .catch(turn)
      .then(() => {
        task.busy = false;
      });
  };

  /** Starts the delay of whatever nothing keeps from being asked. At its end that is looked at again. */
  const decide = (): void => {
    for (const task of tasks) {
      if (task.busy || hindrance(task)) continue;
      task.busy = true;
      task.step = `delay of ${task.delay_s} s`;
      setTimeout(queue, task.delay_s! * 1000, task);
    }
  };
  const happened: Happened = (kind, test) => {
    for (const task of tasks) {
      try {
        if (!task.happened && task.kind === kind && site.fits(task.pages) && test(task.what)) {
          task.happened = true;
          decide();
        }
      } catch {}
    }
  };

  listen(happened);
  decide();

  return ({ 0: command, 1: name }) => {
    if (command === "track") happened("event", (event) => event === name);
    for (const task of tasks) {
      if (command === "identify") task.rest = 0;
      if (command === "why") console.info(`feedback: ${task.name}: ${hindrance(task) || task.step}`);
      if (command === "ask" && task.name === name) queue(task, true);
    }
    decide();
  };
}
