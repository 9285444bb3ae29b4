/** What the page around us is busy with. */

/** Modal or not, a dialog is what the person is at. Popovers are not waited for: they lie above the card. */
const OPEN = "dialog[open],[aria-modal=true]";

let look: (() => void) | undefined;
const wake = () => look?.();
const watch = new MutationObserver(wake);
document.addEventListener("visibilitychange", wake);

/**
 * Resolves when somebody is looking and no dialog of the page is open: the card would be under it or in its way.
 * One can wait at a time.
 */
export function pageIsFree(): Promise<void> {
  return new Promise((resolve) => {
    look = () => {
      // A dialog that is kept hidden in the page has no boxes.
      const busy = [...document.querySelectorAll(OPEN)].some((one) => one.getClientRects().length);
      if (document.hidden || busy) return;
      watch.disconnect();
      resolve();
    };
    watch.observe(document, { subtree: true, childList: true, attributes: true });
    wake();
  });
}
