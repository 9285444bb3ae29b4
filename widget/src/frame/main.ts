/** The card: asks, sends, thanks. The page around it is told its height and whether it is open, and nothing else. */
import { type Answer, outbox, send } from "./outbox.ts";
import { next, side } from "./scale.ts";

type Texts = Record<string, string> & { follow_up: Record<string, string> };

/** What the server wrote into this document; `null` without a valid permission to ask. */
interface Data {
  impression: string;
  survey: string;
  version: number;
  locale: string;
  dir: "ltr" | "rtl";
  /** Path of the key on our own origin. */
  api: string;
  texts: Texts;
}

const by = <T extends HTMLElement = HTMLElement>(id: string) => document.getElementById(id) as T;
const tell = (feedback: string, height?: number) => parent.postMessage({ feedback, height }, "*");

/** A random UUID, also where the page is not a secure context or the browser is older than `randomUUID`. */
function uuid(): string {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = Array.from(bytes, (byte) => (byte + 256).toString(16).slice(1)).join("");
  return hex.replace(/(.{8})(.{4}).(.{3}).(.{3})/, "$1-$2-4$3-8$4-");
}

function write({ locale, dir, texts }: Data): void {
  const root = document.documentElement;
  root.lang = locale;
  root.dir = dir;
  document.title = texts.question!;
  for (const [id, text] of Object.entries({ ...texts, ...texts.follow_up })) {
    if (id !== "close" && by(id)) by(id).textContent = text as string;
  }
  by("close").setAttribute("aria-label", texts.close!);
  by<HTMLTextAreaElement>("comment").placeholder = texts.hint!;
}

/** Shows the card to the person of `token`. */
function start(data: Data, token: string | null): void {
  const { impression, survey, version, locale, texts, api } = data;
  const card = document.querySelector("main")!;
  const comment = by<HTMLTextAreaElement>("comment");
  const radios = Array.from(document.querySelectorAll("input"));
  const url = `${api}/responses/${uuid()}`;
  let answer: Answer | undefined;
  let about = false;
  let closed = false;

  const say = (id: string, text = "") => (by(id).textContent = text);
  const post = outbox((letter, outcome) => letter.url === url && say("state", texts[outcome]));
  const note = (state: string) =>
    send("PATCH", `${api}/impressions/${impression}`, token, { state }).catch(() => {});

  const turn = () => {
    by("details").setAttribute("aria-expanded", `${about}`);
    const view = about ? "about" : answer && (answer.complete ? "end" : "more");
    if (view) card.dataset.view = view;
    else delete card.dataset.view;
  };
  const put = (change: Partial<Answer> & { score: number; answered_at: string }) => {
    const revision = (answer?.revision ?? 0) + 1;
    answer = { survey, version, impression, complete: false, locale, ...answer, ...change, revision };
    about = false;
    say("state");
    turn();
    post({ url, token, answer });
  };
  const choose = (radio: HTMLInputElement) => {
    const score = +radio.value;
    radio.checked = true;
    card.dataset.side = side(score);
    if (score !== answer?.score) put({ score, answered_at: new Date().toISOString() });
  };
  const close = () => {
    if (closed) return;
    closed = true;
    if (!answer) note("dismissed");
    tell("closed");
  };

  by("scale").onchange = ({ target }) => choose(target as HTMLInputElement);
  by("scale").onkeydown = (event) => {
    const { key, altKey, ctrlKey, metaKey } = event;
    if (altKey || ctrlKey || metaKey) return;
    const index = radios.indexOf(event.target as HTMLInputElement);
    const to = next(key, index, radios.length, data.dir === "rtl");
    // Left to itself a radio is chosen by the arrow that reaches it: three presses would be three answers.
    if (to !== undefined) radios[to]!.focus();
    else if (key === " " || key === "Enter") choose(radios[index]!);
    else return;
    event.preventDefault();
  };
  by("send").onclick = () => {
    const text = comment.value.trim();
    put({ ...answer!, complete: true, ...(text && { comment: text }) });
    by("end").focus();
  };
  by("details").onclick = () => {
    about = !about;
    turn();
  };
  by("close").onclick = close;
  onkeydown = ({ key, isComposing }) => {
    if (key === "Escape" && !isComposing) close();
  };
  onpagehide = () => {
    if (!answer && !closed) note("left");
  };

  const size = () => closed || tell("size", Math.ceil(card.getBoundingClientRect().height));
  // A frame without a height is not laid out on its own, so the observer alone would wait for what it makes happen.
  size();
  new ResizeObserver(size).observe(card);
  note("shown");
  tell("shown");
  // Said again for those who hear the page: what was written while the card was out of sight is not read out.
  setTimeout(say, 500, "question", texts.question);
}

const data: Data | null = JSON.parse(by("data")?.textContent ?? "null");
if (data) {
  write(data);
  onmessage = ({ source, data: message }) => {
    if (source !== parent || message?.feedback !== "start") return;
    onmessage = null;
    start(data, message.token);
  };
  tell("ready");
} else tell("closed");
