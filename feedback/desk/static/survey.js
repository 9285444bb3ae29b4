// The card beside the form: drawn anew while somebody types, as tall as it says it is.
(() => {
  const stage = document.querySelector(".stage");
  const show = document.getElementById("show");
  if (!stage || !show) return;
  const form = show.form;
  const WAIT_MS = 400;
  let timer;

  // Into a frame of its own each time: so nothing is added to what Back goes through.
  const draw = () => {
    const old = stage.querySelector("iframe");
    const fresh = old.cloneNode();
    fresh.removeAttribute("src");
    old.replaceWith(fresh);
    form.requestSubmit(show);
  };
  const soon = (event) => {
    const { name } = event.target;
    if (name === "view.width") return;
    if (name === "theme.position") stage.className = `stage ${event.target.value}`;
    if (name === "theme.radius_px") round(event.target.value);
    clearTimeout(timer);
    timer = setTimeout(draw, name.startsWith("view.") ? 0 : WAIT_MS);
  };
  // As the script in a partner's page rounds its frame.
  const round = (pixels) => (stage.querySelector("iframe").style.borderRadius = `${Number(pixels)}px`);
  for (const field of form.elements) field.addEventListener("input", soon);

  addEventListener("message", ({ source, data }) => {
    const frame = stage.querySelector("iframe");
    if (source !== frame.contentWindow || data?.feedback !== "size") return;
    frame.style.height = `${Number(data.height)}px`;
  });
  if (innerWidth < 600) document.querySelector("[value=narrow]").checked = true;
  round(stage.dataset.radius);
  // What the first card said while this script was still on its way was not heard.
  draw();
})();
