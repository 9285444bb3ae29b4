// Imports: a file that is too large is not sent at all, and a page that waits looks again by itself.
"use strict";

(() => {
  const LOOK_AGAIN_MS = 1500;
  const file = document.querySelector("input[type=file][data-limit]");
  const waiting = () => document.querySelector("[data-waiting]");

  file?.addEventListener("change", () => {
    const tooLarge = file.files[0] && file.files[0].size > Number(file.dataset.limit);
    file.setCustomValidity(tooLarge ? file.dataset.words : "");
    file.reportValidity();
  });

  async function look() {
    try {
      const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
      if (!answer.ok || answer.redirected) {
        location.reload();
        return;
      }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-waiting]");
      if (!fresh) {
        location.reload();
        return;
      }
      const shown = waiting();
      shown.querySelector("progress").replaceWith(fresh.querySelector("progress"));
      shown.querySelector("p").textContent = fresh.querySelector("p").textContent;
    } catch {
      // the next look may find it
    }
    setTimeout(look, LOOK_AGAIN_MS);
  }

  if (waiting()) {
    setTimeout(look, LOOK_AGAIN_MS);
  }
})();
