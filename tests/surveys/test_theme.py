"""Contrast is computed, not trusted; and whatever a theme says, it stays a style sheet."""

import re
from time import process_time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feedback.core.errors import Problem
from feedback.surveys.definition import Theme, load
from feedback.surveys.theme import colours, contrast, font_stack, luminance, scheme, style

ACCENTS = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.478),
        ("#ff0000", "#ffffff", 3.998),
        ("#abcdef", "#abcdef", 1),
    ],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == contrast(other, one) == pytest.approx(ratio, abs=0.001)


@given(ACCENTS, st.booleans())
@example("#ffffff", False)
@example("#000000", True)
@example("#777777", True)
def test_any_accent_becomes_one_with_enough_contrast(accent: str, dark: bool) -> None:
    found = colours(accent, dark=dark)
    assert contrast(found.main, found.back) >= 3
    assert contrast(found.on, found.main) >= 4.5
    assert contrast(found.ink, found.back) >= 4.5
    assert contrast(found.soft, found.back) >= 4.5


@given(ACCENTS, st.booleans())
def test_an_accent_that_fits_stays_as_it_is_and_another_is_only_moved(accent: str, dark: bool) -> None:
    found = colours(accent, dark=dark)
    if contrast(accent, found.back) >= 3:
        assert found.main == accent
    else:
        lighter = luminance(found.main) > luminance(accent)
        assert lighter is dark
        assert contrast(found.main, found.back) < 3.5, "moved farther than it had to be"


def test_an_accent_is_the_same_in_capitals() -> None:
    assert colours("#0B6F6A", dark=False) == colours("#0b6f6a", dark=False)


@given(st.text(max_size=80))
@example('"; } body { background: url(//evil.example)')
@example("</style><script>alert(1)</script>")
@example("Inter, 'Segoe UI', sans-serif")
def test_fonts_cannot_leave_their_place(fonts: str) -> None:
    stack = font_stack(fonts)
    for name in stack.split(","):
        assert re.fullmatch(r"\"[^\"'\\{};<>()@,\n]+\"|[a-z-]+", name), name
    assert stack.count('"') % 2 == 0


def test_fonts_that_a_device_has_are_named_as_they_were() -> None:
    assert font_stack("Inter, 'Segoe UI', system-ui, sans-serif") == '"Inter","Segoe UI",system-ui,sans-serif'
    assert font_stack("  , ") == "sans-serif"


def test_a_mode_chooses_the_colours_and_the_documents_scheme() -> None:
    sheets = {mode: style(Theme(mode=mode), 11, 6, ("0", "10"), hosted=False) for mode in ("auto", "light", "dark")}
    light, dark = (f"--bg:{colours(Theme().accent, dark=one).back}" for one in (False, True))
    assert [light in sheets[mode] for mode in sheets] == [True, True, False]
    assert [dark in sheets[mode] for mode in sheets] == [True, False, True]
    assert "prefers-color-scheme" not in sheets["light"] + sheets["dark"]
    assert [scheme(Theme(mode=mode)) for mode in sheets] == ["light dark", "light", "dark"]


def test_a_narrow_card_is_flush_with_the_edge_it_stands_at() -> None:
    at = {position: style(Theme(position=position), 5, 5, None, hosted=False) for position in ("bottom-end", "top-end")}
    assert "--out:14px 14px 0 0" in at["bottom-end"]
    assert "--out:0 0 14px 14px" in at["top-end"]
    assert "--low" not in at["bottom-end"]


def test_a_page_of_our_own_has_the_card_alone_at_its_top() -> None:
    framed, hosted = (style(Theme(), 11, 6, ("0", "10"), hosted=one) for one in (False, True))
    assert ("body{" in framed, "body{" in hosted) == (False, True)
    assert "--out:14px 14px" not in hosted


def test_a_list_of_fonts_that_does_not_fit_is_refused_at_once() -> None:
    """One long enough would keep the whole process from answering anybody."""
    began = process_time()
    with pytest.raises(Problem):
        load({"theme": {"font": "a" + ", a" * 22 + "!"}})
    assert process_time() - began < 0.2
    assert load({"theme": {"font": "Inter, 'Segoe UI',serif"}}).theme.font == "Inter, 'Segoe UI',serif"
