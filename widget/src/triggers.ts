/** What people do in the page, as triggers of surveys. */

/** Says that something of `kind` happened, to those whom `test` fits. */
export type Happened = (kind: string, test: (what: any) => boolean) => void;

/** How far down its content the lower edge of what scrolled is, in percent. Small boxes that scroll are no page. */
function depth(target: any): number {
  const { scrollTop, clientHeight, scrollHeight } = target.scrollingElement ?? target;
  return scrollTop && clientHeight * 2 > innerHeight ? ((scrollTop + clientHeight) / scrollHeight) * 100 : 0;
}

export function listen(happened: Happened): void {
  const on = (type: string, kind: string, test: (event: any, what: any) => boolean) =>
    document.addEventListener(type, (event) => happened(kind, (what) => test(event, what)), true);

  on("scroll", "scroll_percent", ({ target }, percent) => depth(target) >= percent);
  // Out of the window, and upwards: to the tabs, the address or the button that closes.
  on("mouseout", "exit_intent", ({ relatedTarget, clientY }) => !relatedTarget && clientY <= 0);
  on("click", "click", ({ target }, selector) => target.closest(selector));
}
