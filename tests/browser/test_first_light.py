"""From a tap in a real browser, on a page of another origin, to the gap report."""

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.browser.conftest import Page as HostPage
from tests.browser.conftest import Running, wait_for

SPY = (Path(__file__).parent / "spy.js").read_text()


def strict(running: Running, host: HostPage, token: str) -> None:
    """A page under the strictest policy that a partner can have."""
    vendor = running.url
    host.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'self' {vendor}; connect-src {vendor}; frame-src {vendor};"
        " require-trusted-types-for 'script'"
    )
    host.script = SPY
    host.html = (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Portal</title><script src=/page.js></script>"
        f'<script async src="{vendor}/embed.js" data-key="{running.world.key}" data-token="{token}"></script>'
        "<body><h1>Portal</h1><p>Welcome back.</p>"
    )


def open_page(browser: Browser, host: HostPage) -> tuple[Page, list[str]]:
    page = browser.new_page()
    errors: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            errors.append(message.text)

    page.on("console", on_console)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(host.origin)
    return page, errors


def test_a_tap_and_a_comment_reach_the_report_and_the_page_reads_nothing(
    browser: Browser, host: HostPage, running: Running
) -> None:
    strict(running, host, running.world.token("anna"))
    page, errors = open_page(browser, host)
    page.wait_for_function("typeof feedback === 'function'")
    page.evaluate("feedback('ask', 'end-user-nps')")
    frame = page.frame_locator("iframe")
    frame.get_by_text("How likely are you to recommend Wellnow").wait_for()
    frame.get_by_text("This goes to Wellnow, not to Northwind").wait_for()
    frame.locator("label", has_text="9").first.click()
    box = frame.get_by_role("textbox")
    box.wait_for()
    box.fill("Saves me an hour zebra")
    frame.get_by_role("button", name="Send").click()

    def reported() -> Any:
        report = json.loads(running.feedback("gap", "--format", "json"))
        (partner,) = [one for one in report["partners"] if one["partner"] == "northwind"]
        return partner["end_user"]["people"] == 1 and partner["end_user"]["histogram"][9] == 1

    wait_for(reported, 10)
    heard = page.evaluate("heard")
    assert not [one for one in heard if "zebra" in one or '"score"' in one]
    assert page.evaluate("peek()") in (["SecurityError"], ["null"], [])
    assert errors == []
    page.close()
