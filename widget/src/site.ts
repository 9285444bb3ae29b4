/** What the loader, the rules and the vendor's server say to each other. Types only: nothing of this file is shipped. */

/** One call of the page: `feedback("identify", {token})` or `feedback("ask", "survey-name")`. */
export type Call = ArrayLike<unknown>;

export interface Survey {
  name: string;
  version: number;
  /** `null`: by hand only. */
  trigger: { delay_s: number } | null;
}

/** The answer of `GET /v1/embed/{key}/config`: the same for everybody, so it holds nothing about a person. */
export interface Config {
  /** Path of the rules on the vendor's origin. */
  rules: string;
  surveys: Survey[];
  /** The key belongs to the vendor, who asks only people it can tell apart. */
  token_required: boolean;
}

/** The answer of `POST /v1/embed/{key}/impressions` when the person is due. */
export interface Grant {
  due: true;
  /** Path of the frame's document on the vendor's origin. */
  frame: string;
}

/** What the loader knows about the page it is in. */
export interface Site {
  origin: string;
  /** Who the person is, for the server. Changes with `identify`. */
  token: string | undefined;
  /** Sends JSON to a path under the key, as the person of `token`. */
  post(path: string, body: unknown): Promise<Response>;
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
