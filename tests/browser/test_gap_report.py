"""The report's page in a real browser: nothing leaves it, it fits every width, and its first page fits on A4."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from feedback import charts
from feedback.gap.formats import as_html
from feedback.gap.values import GapReport
from tests.browser.person import Person
from tests.gap import made, made_small

A4_WIDTH, A4_HEIGHT = 688, 1039
"""What the margins leave of 210 by 297 millimetres, at 96 pixels an inch."""


def wordy(report: GapReport) -> GapReport:
    """The same with sentences as long as real ones can be."""
    long = "Of what is known at Rindfleischetikettierungsüberwachung and مجموعة النخيل للخدمات الصحية this weighs most"
    renewals = tuple(replace(one, why=f"{long}, and more.", at_risk=True, days=30) for one in report.renewals)
    return replace(
        report,
        sentence=f"{report.sentence} {long} in all of them.",
        side_at_risk=replace(report.side_at_risk, facts=(f"{long}.", f"{long}, first.", f"{long}, second.")),
        doubts=replace(report.doubts, sentence=f"{long}."),
        diagnostic=replace(report.diagnostic, sentence=f"{long}."),
        adoption=replace(report.adoption, sentences=(f"{long}.", f"{long}, too.")),
        changes=replace(report.changes, sentences=(f"{long}, {long}.",) * 4),
        quality=replace(report.quality, notes=(f"{long}, {long}, {long}.",) * 5),
        renewals=renewals,
    )


REPORTS = {
    "forty": made.report(),
    "wordy": wordy(made.report()),
    "a thousand": made.report(1000),
    "one": made.report(1),
    "partner": made_small.of_partner(),
    "wordy partner": wordy(made_small.of_partner(5)),
    "nothing": made_small.of_nothing(),
}


def link(slug: str) -> str:
    """Where names lead in a file that is read anywhere."""
    return f"https://desk.example/desk/partners/{slug}"


_written: dict[int, str] = {}


def written(report: GapReport) -> str:
    """The page. The reports live as long as the tests, and drawing a thousand partners takes a while: once for each."""
    if id(report) not in _written:
        _written[id(report)] = as_html(report, charts.on_report(report, link=link))
    return _written[id(report)]


@contextmanager
def opened(browser: Browser, report: GapReport, folder: Path, **context: object) -> Iterator[Page]:
    """The page from a file, by somebody who notices every request and everything that goes wrong."""
    path = folder / "report.html"
    path.write_text(written(report), encoding="utf-8")
    with Person.of(browser, **context) as person:
        asked: list[str] = []
        person.page.on("request", lambda request: asked.append(request.url))
        person.page.goto(path.as_uri())
        yield person.page
        assert asked == [path.as_uri()]


# What fits depends on the width alone, and colours on the light alone.
@pytest.mark.parametrize(("width", "scheme"), [(375, "light"), (1280, "dark")])
@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_nothing_leaves_the_page_and_nothing_stands_beside_it(
    browser: Browser, tmp_path: Path, report: GapReport, width: int, scheme: str
) -> None:
    with opened(browser, report, tmp_path, viewport={"width": width, "height": 800}, color_scheme=scheme) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert paper == {"light": "rgb(251, 250, 247)", "dark": "rgb(23, 22, 20)"}[scheme]


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_the_first_page_fits_on_one_sheet_of_a4(browser: Browser, tmp_path: Path, report: GapReport) -> None:
    with opened(
        browser, report, tmp_path, viewport={"width": A4_WIDTH, "height": A4_HEIGHT}, color_scheme="dark"
    ) as page:
        page.emulate_media(media="print")
        front = page.evaluate("document.querySelector('.front').getBoundingClientRect().bottom")
        assert 200 < front <= A4_HEIGHT
        widest = page.evaluate("Math.max(...[...document.querySelectorAll('table')].map((one) => one.scrollWidth))")
        assert widest <= A4_WIDTH
        assert page.evaluate("getComputedStyle(document.querySelector('.front')).breakAfter") == "page"


def test_charts_say_in_words_what_they_show_and_lead_to_the_desk(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, REPORTS["forty"], tmp_path, viewport={"width": 1280, "height": 800}) as page:
        names = page.locator("svg.marks:visible").evaluate_all("all => all.map(one => one.getAttribute('aria-label'))")
        assert [name.split(":")[0] for name in names] == [
            "The map",
            "The gap of each partner. Partner 38 Holding",
            "Scores by month, each side where it answered. 2026-03",
            "Use by month. 2026-03",
        ]
        links = page.locator(".map a").evaluate_all("all => all.map(one => one.getAttribute('xlink:href'))")
        assert links and all(one.startswith("https://desk.example/desk/partners/") for one in links)
        page.emulate_media(color_scheme="dark")
        fill = page.locator(".gaps [fill='#0b7a75']").first.evaluate("one => getComputedStyle(one).fill")
        assert fill == "rgb(67, 184, 176)"


@pytest.mark.parametrize(("width", "shown"), [(375, "narrow"), (1280, "wide")])
def test_the_gap_chart_has_the_layout_of_the_page(browser: Browser, tmp_path: Path, width: int, shown: str) -> None:
    with opened(browser, REPORTS["forty"], tmp_path, viewport={"width": width, "height": 800}) as page:
        assert page.locator(".gaps > div:visible").evaluate_all("all => all.map(one => one.className)") == [
            f"{shown}-only"
        ]
