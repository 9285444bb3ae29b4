/** The card: asks, sends, thanks. The page around it is told its height and what becomes of it, and nothing else. */
import { type Answer, type Letter, type Outcome, outbox, send } from "./outbox.ts";
import { next } from "./scale.ts";

/** What the server wrote into this document besides its words; `null` without a valid permission to ask. */
interface Data {
  impression: string;
  survey: string;
  version: number;
  locale: string;
  metric: string;
  dir: "ltr" | "rtl";
  /** The id of the answer, if there will be one. */
  response: string;
  /** Path on our own origin under which the doors are. */
  api: string;
  messages: Record<Outcome | Letter["done"] | "question", string>;
}

const by = <T extends HTMLElement = HTMLInputElement>(id: string) => document.getElementById(id) as T;
const tell = (feedback: string, height?: number) => parent.postMessage({ feedback, height }, "*");

/** Shows the card to the person of `token`. */
function start(data: Data, token: string | null): void {
  const { api, dir, messages, metric, response, ...asked } = data;
  const card = document.querySelector("main")!;
  const form = by<HTMLFormElement>("form");
  let answer: Answer | undefined;
  /** What is seen when the details are not. */
  let view = "";

  const say = (id: string, text = "") => (by(id).textContent = text);
  const deliver = outbox(({ url, done }, outcome) => {
    // Others in the box are answers of other documents.
    if (url.includes(response)) say("state", messages[outcome === "sent" ? done : outcome]);
  });
  const post = (method: Letter["method"], path: string, done: Letter["done"], body?: object) => {
    say("state");
    deliver({ method, url: api + path + response, token, done, body });
  };
  const note = (state: string) =>
    void send("PATCH", `${api}/impressions/${asked.impression}`, token, { state }).catch(() => {});

  const turn = (to: string) => {
    card.dataset.at = to;
    by("details").setAttribute("aria-expanded", `${to === "about"}`);
    by("delete").disabled = !answer;
  };
  /** Keeps what was chosen; what was written only when it is `sent`. */
  const put = (sent?: boolean) => {
    const { score, reason, comment, contact } = Object.fromEntries(new FormData(form)) as Record<string, string>;
    answer = {
      ...asked,
      complete: false,
      ...answer,
      score: +score!,
      reason,
      revision: (answer?.revision ?? 0) + 1,
      answered_at: new Date().toISOString(),
      ...(sent && { complete: true, comment: comment!.trim() || undefined, contact }),
    };
    // The scale comes first in the form.
    card.className = form.querySelector<HTMLInputElement>(":checked")!.dataset.band!;
    turn((view = answer.complete ? "end" : "more"));
    post("PUT", "/responses/", "sent", answer);
  };
  form.onchange = ({ target }) => {
    if ((target as HTMLInputElement).type === "radio") put();
    else if (by("contact")) by("email").disabled = !by("contact").checked;
  };
  form.onkeydown = (event) => {
    const { key, altKey, ctrlKey, metaKey } = event;
    const target = event.target as HTMLInputElement;
    if (target.type !== "radio" || altKey || ctrlKey || metaKey) return;
    const radios = [...form.querySelectorAll<HTMLInputElement>(`[name=${target.name}]`)];
    const to = next(key, radios.indexOf(target), radios.length, dir === "rtl");
    // Left to itself a radio is chosen by the arrow that reaches it: three presses would be three answers.
    if (to !== undefined) radios[to]!.focus();
    else if (key === " " || key === "Enter") {
      target.checked = true;
      put();
    } else return;
    event.preventDefault();
  };
  by("send").onclick = (event) => {
    // Nothing is submitted: a page in a sandbox may forbid it.
    event.preventDefault();
    if (!answer || !form.reportValidity()) return;
    put(true);
    by("end").focus();
  };
  by("details").onclick = () => turn(card.dataset.at === "about" ? view : "about");
  by("delete").onclick = () => {
    answer = undefined;
    form.reset();
    // The server takes no other answer for this one's place.
    by("scale").disabled = true;
    turn((view = "gone"));
    by("details").focus();
    post("DELETE", "/responses/", "deleted");
  };
  by("never").onclick = () => {
    // What follows # is not sent: it tells this person's letter from another's.
    post("POST", "/objection#", "never_done", {});
    tell("never");
  };
  // A page of our own has nothing around it to close.
  const close = by("close");
  if (close) {
    close.onclick = () => {
      onpagehide = null;
      if (!answer) note("dismissed");
      tell("closed");
    };
    onkeydown = ({ key, isComposing }) => {
      if (key === "Escape" && !isComposing) close.click();
    };
  }
  onpagehide = () => {
    if (!answer) note("left");
  };

  const size = () => tell("size", card.offsetHeight);
  // A frame without a height is not laid out on its own, so the observer alone would wait for what it makes happen.
  size();
  new ResizeObserver(size).observe(card);
  note("shown");
  tell("shown");
  // Said again for those who hear the page: what was written while the card was out of sight is not read out.
  setTimeout(say, 500, "question", messages.question);
}

const data: Data | null = JSON.parse(by("data").textContent!);
if (!data) {
  // Nothing to ask, but an answer given offline may still wait here.
  outbox(() => {});
  tell("closed");
} else if (parent === window) start(data, null);
else {
  onmessage = ({ source, data: message }) => {
    if (source !== parent || message?.feedback !== "start") return;
    onmessage = null;
    start(data, message.token);
  };
  tell("ready");
}
