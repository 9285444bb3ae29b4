/** What the loader, the rules and the vendor's server say to each other. Types only: nothing of this file is shipped. */

/** One call of the page: `feedback("identify", {token})` or `feedback("ask", "survey-name")`. */
export type Call = ArrayLike<unknown>;

/** When a survey could be due: after what, and how long after. With nothing but a delay, the page itself is enough. */
export interface Trigger {
  delay_s: number;
  event?: string;
  scroll_percent?: number;
  exit_intent?: true;
  click?: string;
}

/** A pattern as a machine: state 0 begins; a move is a character's, else that of `""`; without either nothing fits. */
export interface Table {
  accept: number[];
  moves: Record<string, number>[];
}

export type Rule = ({ all: Rule[] } | { any: Rule[] } | { not: Rule } | { path: Table } | { url: Table }) & {
  /** The whole rule in words, at its root. */
  text?: string;
};

export interface Survey {
  name: string;
  version: number;
  /** `null`: by hand only. */
  trigger: Trigger | null;
  pages?: Rule;
  /** `desktop`, `tablet`, `mobile`; none: all. */
  devices?: string[];
}

/** The answer of `GET /v1/embed/{key}/config`: the same for everybody, so it holds nothing about a person. */
export interface Config {
  /** Path of the rules on the vendor's origin. */
  rules: string;
  surveys: Survey[];
  /** The key belongs to the vendor, who asks only people it can tell apart. */
  token_required: boolean;
}

export interface Look {
  position: "bottom-end" | "bottom-start" | "bottom" | "top-end" | "top-start";
  radius_px: number;
  mode: "auto" | "light" | "dark";
}

export interface Shown {
  /** Path of the frame's document on the vendor's origin. */
  frame: string;
  look: Look;
}

/** The answer of `POST /v1/embed/{key}/impressions` when the person is due. */
export interface Grant extends Shown {
  due: true;
}

/** The answer when the person is not due, with a document that only sends what an earlier card could not; or a problem. */
export interface Refusal extends Partial<Shown> {
  due?: false;
  reason?: string;
  again_at?: string | null;
}

/** What the loader knows about the page it is in. */
export interface Site {
  origin: string;
  /** Who the person is, for the server. Changes with `identify`. */
  token: string | null;
  /** Asks the server, as the person of `token`, whether a survey is due to them. */
  ask(survey: string, version: number): Promise<Response>;
  /** On what it is shown: `desktop`, `tablet` or `mobile`. */
  device(): string;
  /** Whether the page is one of those that a rule means; without a rule every page is. */
  fits(rule?: Rule): boolean;
}

/** What the loader needs of the module it imports. */
export interface Rules {
  start(site: Site, config: Config): (call: Call) => void;
}

/** The global `feedback`: the page's own stub until the loader has run, ours afterwards. */
export interface Feedback {
  (...call: unknown[]): void;
  q?: ArrayLike<Call>;
  loaded?: true;
}
