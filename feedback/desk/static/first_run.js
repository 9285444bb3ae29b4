// Looks every few seconds how the first steps stand. Reloading the page shows the same.
"use strict";

(() => {
  const EVERY_MS = 4000;
  const looked = document.getElementById("looked");
  let timer = 0;

  function show(text) {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    let changed = false;
    for (const state of fresh.querySelectorAll("[data-state]")) {
      const old = document.getElementById(state.id);
      if (old && old.outerHTML !== state.outerHTML) {
        const how = old.parentElement.querySelector(".how");
        old.replaceWith(document.importNode(state, true));
        if (how && !state.classList.contains("waits")) {
          how.open = state.classList.contains("next"); // what waits may be open because somebody reads ahead
        }
        changed = true;
      }
    }
    if (changed) {
      looked.textContent = `${document.getElementById("state-all").textContent}.`;
    }
  }

  async function look() {
    if (document.hidden || document.querySelector("[data-finished]")) {
      return;
    }
    try {
      const found = await fetch("/desk/first-steps/state", { redirect: "manual" });
      if (found.type === "opaqueredirect") {
        location.reload(); // signed out meanwhile
        return;
      }
      if (found.ok) {
        show(await found.text());
      }
    } catch {
      // the next look may find the service again
    }
    clearTimeout(timer);
    timer = setTimeout(look, EVERY_MS);
  }

  document.addEventListener("visibilitychange", look);
  timer = setTimeout(look, EVERY_MS);
})();
