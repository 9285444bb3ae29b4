/** What the page around us is busy with. */

function busy(): boolean {
  try {
    return document.hidden || !!document.querySelector("dialog:modal");
  } catch {
    return false; // A browser without `:modal`.
  }
}

/**
 * Resolves when somebody is looking and no modal dialog of the page is open: under a modal dialog the card could be
 * seen at best, not reached.
 */
export function pageIsFree(): Promise<void> {
  return new Promise((resolve) => {
    // An attribute changes when a dialog opens or closes; a node when it is taken out while open.
    const watch = new MutationObserver(() => look());
    const look = () => {
      if (busy()) return;
      watch.disconnect();
      document.removeEventListener("visibilitychange", look);
      resolve();
    };
    watch.observe(document, { subtree: true, childList: true, attributeFilter: ["open"] });
    document.addEventListener("visibilitychange", look);
    look();
  });
}
