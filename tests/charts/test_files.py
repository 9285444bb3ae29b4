"""Charts as files, drawn for real: what is in them, and how often they are drawn."""

import re
from xml.etree import ElementTree as ET

import pytest

from feedback import charts
from feedback.charts import files, look
from feedback.core.errors import Code, Problem
from feedback.gap.formats import as_html
from feedback.gap.pictures import STYLE
from tests.charts.rows import month, placed, report_of, row

NAUGHTY = "Acme & <b>\u2028\x0b\x1b\x01\ufffeمجموعة</b>"


@pytest.fixture(scope="module")
def chart() -> charts.Chart:
    found = charts.map(
        report_of([placed(NAUGHTY, 10, 0.7, 10, "pre_churn"), placed("Bolt", 20, 0.4, 10)]),
        link=lambda slug: f"https://desk.example/desk/partners/{'bolt' if slug == 'bolt' else 'acme'}",
    )
    assert found is not None
    return found


def test_an_svg_is_whole_and_has_every_name_link_and_description(chart: charts.Chart) -> None:
    text = files.svg(chart)
    root = ET.fromstring(text)  # noqa: S314 our own
    assert root.tag.endswith("svg")
    assert "<b>" not in text
    links = {value for one in root.iter() for name, value in one.attrib.items() if name.endswith("href")}
    assert links == {"https://desk.example/desk/partners/acme", "https://desk.example/desk/partners/bolt"}
    assert " ".join(root.attrib["aria-label"].split()) == " ".join(
        re.sub("[\x01\x0b\x1b\ufffe]", "\ufffd", chart.says).split()
    )
    assert {one.attrib["tabindex"] for one in root.iter() if one.tag.endswith("}a")} == {"-1"}


def test_a_png_has_two_pixels_for_each_of_the_chart(chart: charts.Chart) -> None:
    picture = files.png(chart)
    assert picture.startswith(b"\x89PNG\r\n")
    width, height = (int.from_bytes(picture[at : at + 4]) for at in (16, 20))
    assert (width, height) == (2 * chart.width_px, 2 * chart.wide.height_px)


def test_the_same_chart_is_drawn_once_and_another_number_makes_another(
    chart: charts.Chart, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = files.svg(chart)

    def never(*_args: object, **_kwargs: object) -> None:
        raise OSError("no child is wanted")

    monkeypatch.setattr(files.subprocess, "run", never)
    assert files.svg(chart) == first
    other = charts.months([month("2026-10", 1, 2), month("2026-11", 3, 4)])
    assert other is not None
    with pytest.raises(Problem) as refused:
        files.svg(other)
    assert refused.value.code is Code.INTERNAL


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_MOST_KEPT", 2)
    monkeypatch.setattr(files, "_by_child", lambda asked: [one.decode() for one in asked])
    for points in range(5):
        several = charts.months([month("2026-10", points, 2), month("2026-11", 3, 4)])
        assert several is not None
        files.svg(several)
    assert len(files._kept) == 2
    files._kept.clear()


def test_the_report_carries_its_charts_inside() -> None:
    report = report_of([placed(NAUGHTY, 10, 0.7, 10), placed("Bolt", 20, 0.4, 10), row("C", 1, 2)])
    drawn = charts.on_report(report, link=lambda slug: f"https://desk.example/{len(slug)}")
    page = as_html(report, drawn)
    assert page.count('class="marks"') >= 4
    assert page.count('class="chart map"') == page.count('class="chart gaps"') == 1
    assert "<b>\u2028" not in page
    assert set(re.findall(r'(?:src|xlink:href|href)="([^"]*)"', page)) <= {
        f"https://desk.example/{length}" for length in range(30)
    }


def test_a_page_turns_every_colour_that_a_chart_may_have_into_its_own() -> None:
    sheet = STYLE.read_text()
    names = {"INK": "ink", "SOFT": "soft", "LINE": "line", "PAPER": "paper", "USER": "user", "BUYER": "buyer"}
    names |= {"GOOD": "good", "BAD": "bad", "DARK": "dark"}
    for constant, name in names.items():
        colour = getattr(look, constant)
        assert f"--{name}: light-dark({colour}," in sheet
        assert f'"{colour}"] {{ fill: var(--{name}); }}' in sheet or f'[stroke="{colour}"]' in sheet
    used = set(re.findall(r"#[0-9a-f]{6}", " ".join(_specifications())))
    assert used <= {getattr(look, constant) for constant in names}


def _specifications() -> list[str]:
    rows = [placed("A", 10, 0.7, 10), placed("B", 20, 0.4, 10)]
    months = [month("2026-10", 1, 2), month("2026-11", 3, 4)]
    made = (charts.map(report_of(rows)), charts.gaps(report_of(rows)), charts.months(months), charts.timeline(months))
    return [str(one.vega_lite()) for one in made if one is not None]
