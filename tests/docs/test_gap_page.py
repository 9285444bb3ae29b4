"""The page on how the gap is computed says what the product computes, and its pictures are as they are drawn.

After a change that moves a number `python -m tools.gap_page` draws the pictures anew and prints what the page must say.
"""

import re
from pathlib import Path

import pytest

from tools.gap_page.__main__ import FOLDER, PAGE, PICTURES
from tools.gap_page.numbers import ABOUT, sentences

ROOT = Path(__file__).parents[2]
ANEW = "draw the pictures anew and see what the page must say: python -m tools.gap_page"

# Ends of scales, sizes of examples and rules that the page states in its own words, beside what is computed.
STATED = {
    *("95", "100", "0", "−100", "0.05", "5", "19", "20"),
    *("4", "6", "7", "8", "9", "10", "1", "2", "3", "30"),
    *("12", "40", "50", "0.8", "80", "200", "4,000", "24", "60"),
}


def page() -> str:
    return (ROOT / PAGE).read_text(encoding="utf-8")


def in_one_line(text: str) -> str:
    return " ".join(text.split())


def without_what_is_not_told(text: str) -> str:
    """The page without boxes of formulas, pictures, links' targets, years of papers and the list of sources."""
    told = text.partition("## Sources")[0]
    for away in (r"```text.*?```", r"<img[^>]*>", r"\]\([^)]*\)", r"\b(18|19|20)\d\d\b", r"`[^`]*`"):
        told = re.sub(away, " ", told, flags=re.DOTALL)
    return in_one_line(told)


@pytest.mark.parametrize("about", ABOUT)
def test_the_page_says_what_is_computed(about: str) -> None:
    told = in_one_line(page())
    missing = [sentence for sentence in sentences(about) if in_one_line(sentence) not in told]
    assert not missing, ANEW


def test_the_page_has_no_number_that_nobody_computed() -> None:
    told = without_what_is_not_told(page())
    computed = sorted({in_one_line(one) for about in ABOUT for one in sentences(about)}, key=len, reverse=True)
    for sentence in computed:
        told = told.replace(sentence, " ")
    unknown = [found for found in re.findall(r"−?\d[\d.,]*\d|−?\d", told) if found not in STATED]
    assert not unknown


@pytest.mark.parametrize("name", PICTURES)
def test_the_picture_is_what_is_drawn(name: str) -> None:
    assert (ROOT / FOLDER / f"{name}.svg").read_text(encoding="utf-8") == str(PICTURES[name]()), ANEW


def test_every_picture_is_shown_once_and_every_one_shown_is_there() -> None:
    shown = re.findall(r'<img src="pictures/(\w+)\.svg" width="\d+" alt="[^"]{20,}">', page())
    assert sorted(shown) == sorted(PICTURES) == sorted(path.stem for path in (ROOT / FOLDER).glob("*"))


def test_every_link_leads_somewhere() -> None:
    text = page()
    headings = {
        re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in re.findall(r"^#+ (.*)$", text, re.M)
    }
    for target in re.findall(r"\]\(([^)]*)\)", text):
        if target.startswith("#"):
            assert target[1:] in headings
        else:
            assert (ROOT / PAGE.parent / target).exists(), target
