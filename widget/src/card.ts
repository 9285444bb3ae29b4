/** The card in the page: a frame from the vendor's origin, which the page cannot read. */

/** From the page's edge: nothing on a narrow screen, where the card is as wide as the screen. */
const EDGE = "clamp(0px,100vw - 560px,16px)";
const CORNER = "clamp(0px,100vw - 560px,14px)";
/** A frame that has not spoken by then is blocked or broken. */
const SILENCE_MS = 30_000;

/** `important` wins over whatever the page says about frames. */
const LOOK = [
  "all:initial",
  "position:fixed",
  // Lifted by its own height from below the window: growing upwards from the bottom would count as a layout shift.
  "top:100%",
  `transform:translateY(calc(-100% - ${EDGE}))`,
  `inset-inline-end:${EDGE}`,
  "z-index:2147483647",
  "width:min(560px,100%)",
  "height:0",
  `max-height:calc(100% - 2*${EDGE})`,
  `border-radius:14px 14px ${CORNER} ${CORNER}`,
  "box-shadow:0 8px 30px #0004",
  // With the same in the frame's document, its backdrop is transparent and not white in a dark page.
  "color-scheme:light dark",
  "visibility:hidden",
];

export interface Ears {
  shown(): void;
  closed(): void;
}

/** Puts the card into the page, unseen until its document says how tall it is. */
export function show(origin: string, path: string, token: string | undefined, ears: Ears): HTMLIFrameElement {
  const frame = document.createElement("iframe");
  const look = (name: string, value: string) => frame.style.setProperty(name, value, "important");
  const silence = setTimeout(() => {
    frame.remove();
    ears.closed();
  }, SILENCE_MS);
  frame.title = "Feedback";
  frame.src = origin + path;
  frame.style.cssText = LOOK.join("!important;") + "!important";
  addEventListener("message", ({ source, origin: from, data }: MessageEvent) => {
    if (!source || source !== frame.contentWindow || from !== origin) return;
    const { feedback, height } = Object(data);
    if (feedback === "ready") frame.contentWindow!.postMessage({ feedback: "start", token: token ?? null }, origin);
    if (feedback === "size") {
      clearTimeout(silence);
      look("height", `${Number(height)}px`);
      look("visibility", "visible");
    }
    if (feedback === "shown") ears.shown();
    if (feedback === "closed") {
      // Hidden and not removed: it may still be sending what could not be sent at once.
      clearTimeout(silence);
      look("display", "none");
      ears.closed();
    }
  });
  document.documentElement.append(frame);
  return frame;
}
