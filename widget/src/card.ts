/** The card in the page: a frame from the vendor's origin, which the page cannot read. */
import type { Shown } from "./site.ts";

/** From the page's edge: nothing on a narrow screen, where the card is as wide as the screen. */
const EDGE = "clamp(0px,100vw - 560px,16px)";
/** A frame that has not shown its card by then is blocked or broken. */
const SILENCE_MS = 30_000;

/**
 * Puts the card into the page, unseen until its document says how tall it is. `hear` is told of `shown`, `closed` and
 * `never`: there is nothing else to hear.
 */
export function show(
  origin: string,
  { frame: path, look: { position, radius_px, mode } }: Shown,
  token: string | null,
  hear: (news: string) => void,
): void {
  const frame = document.createElement("iframe");
  // In a page that is sandboxed without an origin the frame inherits having none, and cannot be told by it.
  const target = self.origin === "null" ? "*" : origin;
  const [edge, side] = position.split("-");
  /** Which part of the window's height, and of its own, the card is moved down, and lifted by, in percent. */
  let down = edge === "top" ? 0 : 100;
  let state: string;

  const draw = (now = state) => {
    state = now;
    frame.style.cssText = (
      "all:initial;position:fixed;z-index:2147483647;width:min(560px,100%);box-shadow:0 8px 30px #0004;" +
      // Lifted by its own height from below the window: growing upwards from the bottom would count as a layout shift.
      `top:max(${EDGE},${down}% - ${EDGE});transform:translateY(-${down}%);` +
      `max-height:95%;border-radius:${radius_px}px;inset-inline-${side}:${EDGE};` +
      // With the same in the frame's document, its backdrop is transparent and not white in a dark page.
      `color-scheme:${mode.replace("auto", "light dark")};${state};`
    ) // Wins over whatever the page says about frames.
      .replace(/;/g, "!important;");
  };
  /** To the other edge if it covers what has focus, and back if it does so there: then it cannot hide all of it. */
  const settle = () => {
    for (let tries = 2; tries--; ) {
      const focused = document.activeElement ?? document.body;
      const one = focused.getBoundingClientRect();
      const card = frame.getBoundingClientRect();
      if (focused === document.body || one.top > card.bottom || one.bottom < card.top) return;
      down = 100 - down;
      draw();
    }
  };
  const tell = (news: string) => {
    clearTimeout(silence);
    // Hidden and not removed: it may still be sending what could not be sent at once.
    if (news === "closed") draw("display:none");
    hear(news);
  };
  const silence = setTimeout(() => {
    frame.remove();
    hear("closed");
  }, SILENCE_MS);

  frame.title = "Feedback";
  frame.src = origin + path;
  draw("height:0;visibility:hidden");
  addEventListener("focusin", settle);
  addEventListener("message", ({ source, origin: from, data }: MessageEvent) => {
    if (source !== frame.contentWindow || (from !== target && target !== "*")) return;
    const { feedback, height } = Object(data);
    if (feedback === "ready") (source as Window | null)?.postMessage({ feedback: "start", token }, target);
    else if (feedback === "size") {
      draw(`height:${+height}px`);
      settle();
    } else tell(feedback);
  });
  document.documentElement.append(frame);
}
