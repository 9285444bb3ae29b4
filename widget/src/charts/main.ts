/** Draws the charts of the page that includes it, each from the specification that stands beside its place. */
import embed, { type Result, type VisualizationSpec } from "vega-embed";
import { expressionInterpreter } from "vega-interpreter";

interface Given {
  wide: object;
  narrow?: object;
  description: string;
  datasets: object;
}

// The width below which the style sheet, too, puts one thing below the other.
const narrow = matchMedia("(max-width: 760px)");

for (const place of document.querySelectorAll<HTMLElement>(".drawing")) {
  const data = place.querySelector('script[type="application/gzip"]');
  if (data?.textContent) void unpack(data.textContent).then((given) => keep(place, given));
}

async function unpack(base64: string): Promise<Given> {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return (await new Response(stream).json()) as Given;
}

/** Draws the chart into its place, and anew when another layout fits better. */
async function keep(place: HTMLElement, given: Given): Promise<void> {
  const canvas = document.createElement("div");
  let drawn: Result | undefined;
  const draw = async () => {
    const { description, datasets } = given;
    const spec = { ...((narrow.matches && given.narrow) || given.wide), width: "container", description, datasets };
    drawn?.finalize();
    drawn = await embed(canvas, spec as VisualizationSpec, {
      // What a strict policy allows: no code made of text, no styles written into the page.
      ast: true,
      expr: expressionInterpreter,
      defaultStyle: false,
      tooltip: { disableDefaultStyle: true },
      actions: false,
      renderer: "svg",
      mode: "vega-lite",
    });
  };
  canvas.className = "canvas";
  place.append(canvas);
  await draw();
  // Until now it kept the room free.
  place.classList.add("drawn");
  if (given.narrow) narrow.addEventListener("change", () => void draw());
}
