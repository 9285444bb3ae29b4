"""What the widget costs a page on a CPU slowed four times: beside a frame that does nothing, from the same server."""

import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Page, sync_playwright
from rich.console import Console
from rich.table import Table

from tests.browser.conftest import FLAGS
from tests.browser.service import Running, up
from tests.browser.site import Site, listening

ROUNDS, SLOWER = 15, 4
LONG_TASK_MS, AGAINST_BARE = 50.0, 2.0
"""No task of ours in the page is longer; a card is there in at most so many times what a bare frame takes."""
_OURS = ("/embed.js", "/embed/rules")
_RUNS = ("EvaluateScript", "v8.evaluateModule", "FunctionCall")
_WATCH = """
window.seen = {shift: 0, drawn: Infinity, framed: 0, sized: 0};
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (one.startTime > seen.drawn) seen.shift += one.value;
}).observe({type: "layout-shift", buffered: true});
// What shifts earlier is the page's own: a button is drawn before its word when the parser pauses between the two.
addEventListener("DOMContentLoaded", () => {
  requestAnimationFrame(() => requestAnimationFrame(() => { seen.drawn = performance.now(); }));
});
new MutationObserver(() => {
  if (document.querySelector("iframe")) seen.framed ||= performance.now();
}).observe(document, {subtree: true, childList: true});
addEventListener("message", ({data}) => {
  if (data && (data.feedback === "size" || data.bare)) seen.sized ||= performance.now();
});
"""
_BARE_PAGE = """
const put = () => {
  const frame = document.createElement("iframe");
  frame.src = "VENDOR/bare";
  document.body.append(frame);
};
addEventListener("load", () => requestAnimationFrame(() => requestAnimationFrame(put)));
"""
_BARE_FRAME = "<!doctype html><title>Bare</title><p>Hello</p><script>parent.postMessage({bare: 1}, '*')</script>"


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one page, in milliseconds: our scripts in it, the longest run of one, and from the frame put in to the card
    seen. `shift` is the layout shift score.
    """

    scripts: float
    longest: float
    frame: float
    shift: float


def main() -> int:
    """Print the figures; 1 when one is out of its bound."""
    console = Console()
    with _everything() as (browser, running, site, vendor):
        ours = [_ours(browser, running, site, number) for number in range(ROUNDS)]
        bare = [_bare(browser, site, vendor) for _ in range(ROUNDS)]
    table = Table("on a CPU slowed four times, median", "the widget", "a bare frame", "ratio", "bound")
    ratio = _median(ours, "frame") / _median(bare, "frame")
    longest, shift = max(one.longest for one in ours), max(one.shift for one in ours)
    table.add_row("scripts run in the page", f"{_median(ours, 'scripts'):.1f} ms", "", "", "")
    table.add_row(
        "frame put in to card seen",
        f"{_median(ours, 'frame'):.0f} ms",
        f"{_median(bare, 'frame'):.0f} ms",
        f"{ratio:.1f}",
        f"<= {AGAINST_BARE:g}",
    )
    table.add_row("longest run of all rounds", f"{longest:.1f} ms", "", "", f"< {LONG_TASK_MS:g} ms")
    table.add_row("layout shift of all rounds", f"{shift:g}", f"{max(one.shift for one in bare):g}", "", "0")
    console.print(table)
    return int(ratio > AGAINST_BARE or longest >= LONG_TASK_MS or shift > 0)


def _median(costs: list[Cost], name: str) -> float:
    return float(median(getattr(one, name) for one in costs))


def _ours(browser: Browser, running: Running, site: Site, number: int) -> Cost:
    site.serve(running.url, "<script src=/watch.js></script>" + running.tag(f"bench-{number}"))
    with _page(browser) as page:
        page.goto(site.origin, wait_until="load")
        _until(page, "window.feedback?.loaded")
        page.evaluate("feedback('ask', 'end-user-nps')")
        return _cost(browser, page)


def _bare(browser: Browser, site: Site, vendor: Site) -> Cost:
    site.serve(vendor.origin, "<script src=/watch.js></script><script src=/bare.js></script>")
    site.files["/bare.js"] = ("text/javascript", _BARE_PAGE.replace("VENDOR", vendor.origin))
    with _page(browser) as page:
        page.goto(site.origin, wait_until="load")
        return _cost(browser, page)


def _cost(browser: Browser, page: Page) -> Cost:
    _until(page, "seen.sized > 0")
    page.wait_for_timeout(500)
    seen = page.evaluate("seen")
    if seen["framed"] < seen["drawn"]:
        raise RuntimeError("The frame came before the page was drawn: what it shifted was not watched.")
    events = json.loads(browser.stop_tracing())["traceEvents"]
    # Of the thread, not of the clock: what else the machine does is no cost of ours.
    spent = [
        event.get("tdur", event.get("dur", 0)) / 1_000
        for event in events
        if event.get("name") in _RUNS and any(part in json.dumps(event.get("args", {})) for part in _OURS)
    ]
    return Cost(sum(spent), max(spent, default=0.0), seen["sized"] - seen["framed"], seen["shift"])


def _until(page: Page, expression: str) -> None:
    """Asked from here: waiting in the page would evaluate text there, which its policy forbids."""
    end = time.monotonic() + 20
    while not page.evaluate(expression):
        if time.monotonic() > end:
            raise TimeoutError(expression)
        page.wait_for_timeout(20)


@contextmanager
def _page(browser: Browser) -> Iterator[Page]:
    """A page of a browser of its own, slowed, and traced until `_cost` stops it."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    browser.start_tracing(page=page, categories=["devtools.timeline", "v8"])
    yield page
    context.close()


@contextmanager
def _everything() -> Iterator[tuple[Browser, Running, Site, Site]]:
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as home,
        listening() as site,
        listening() as vendor,
        up(Path(home), [site.origin]) as running,
        sync_playwright() as playwright,
    ):
        site.files["/watch.js"] = ("text/javascript", _WATCH)
        vendor.files["/bare"] = ("text/html", _BARE_FRAME)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser, running, site, vendor
        browser.close()
