"""The frame's document as the service fills it: names are text, hashes hold, and what is not asked is not there."""

import base64
import gzip
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from feedback.surveys import assets, card
from feedback.surveys.card import Asking, band
from feedback.surveys.definition import Definition
from feedback.surveys.models import SCALES
from feedback.surveys.words import Names

NAUGHTY = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'{{7*7}}{% raw %}"


def asking(metric: str = "nps", **changes: Any) -> Asking:
    """One survey, asked of an end user in English."""
    given = {"audience": "end_user", "definition": Definition(), "locale": "en", "branding": "own"}
    names = Names("Wellnow", "Northwind", 10, 180)
    return Asking(**{"metric": metric, "names": names, "may_contact": True, "hosted": False} | given | changes)


def page(one: Asking, data: dict[str, Any] | None = None) -> assets.Page:
    """Its document."""
    return assets.frame_document().asking(card.values(one, one.texts()), one.style(), data or {})


class Read(HTMLParser):
    """What a browser would see: elements with their attributes, and the text in each."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((self.elements[-1][0] if self.elements else "", data))

    def all(self, tag: str, **attributes: str) -> list[dict[str, str | None]]:
        """Attributes of every such element."""
        return [own for name, own in self.elements if name == tag and attributes.items() <= own.items()]

    @property
    def said(self) -> str:
        """Everything that is text."""
        return " ".join(text for tag, text in self.texts if tag not in ("style", "script"))


def test_what_somebody_wrote_is_text_wherever_it_stands() -> None:
    own = {"en": {"hint": NAUGHTY, "close": NAUGHTY, "follow_up": NAUGHTY, "choices.price": NAUGHTY}}
    one = asking(definition=Definition(texts=own, choices=("price",)), names=Names(NAUGHTY, NAUGHTY, 10, 180))
    found = page(one, {"name": NAUGHTY})
    read = Read(found.text)
    assert [own.get("type") for own in read.all("script")] == ["application/json", None]
    assert read.all("img") == []
    assert read.all("textarea")[0]["placeholder"] == NAUGHTY
    assert read.all("button", id="close")[0]["aria-label"] == NAUGHTY
    assert f"How likely are you to recommend {NAUGHTY} to a colleague?" in read.said
    assert json.loads(next(text for tag, text in read.texts if tag == "script")) == {"name": NAUGHTY}
    assert not any(name.startswith("on") for _, own in read.elements for name in own)


def test_the_hashes_of_the_policy_are_those_of_what_is_in_the_document() -> None:
    found = page(asking(names=Names(NAUGHTY, "{{ style }}", 10, 180)))
    styles = re.findall("<style>(.*?)</style>", found.text, re.DOTALL)
    scripts = re.findall("<script>(.*?)</script>", found.text, re.DOTALL)
    assert (len(styles), len(scripts)) == (2, 1)
    assert found.style_sources == " ".join(map(source, styles))
    assert found.script_source == source(scripts[0])
    assert "fetch(" in scripts[0]


def source(text: str) -> str:
    """As a browser computes it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@pytest.mark.parametrize(
    ("metric", "below", "between", "above"),
    [("nps", range(7), (7, 8), (9, 10)), ("csat", (1, 2), (3,), (4, 5)), ("ces", (1, 2, 3), (4,), (5, 6, 7))],
)
def test_each_metric_has_its_bands(metric, below, between, above) -> None:
    assert [{band(metric, score) for score in scores} for scores in (below, between, above)] == [{0}, {1}, {2}]
    read = Read(page(asking(metric)).text)
    scores = {int(own["value"] or ""): own["data-band"] for own in read.all("input", name="score")}
    assert scores == {score: f"b{band(metric, score)}" for score in (*below, *between, *above)}
    assert [own["class"] for own in read.all("span")] == ["b0", "b1", "b2"] * 2


@pytest.mark.parametrize(("metric", "options"), [("recognition", 4), ("obstacle", 7)])
def test_options_are_asked_in_words_and_all_alike(metric: str, options: int) -> None:
    read = Read(page(asking(metric)).text)
    assert [own["value"] for own in read.all("input", name="score")] == list(map(str, range(options)))
    assert read.all("fieldset", id="scale")[0]["class"] == "words"
    assert [own["class"] for own in read.all("span")] == ["b1"] * 2
    assert SCALES[metric] == (0, options - 1)


def test_what_a_survey_does_not_ask_is_not_in_its_document() -> None:
    read = Read(page(asking()).text)
    assert read.all("input", name="reason") == read.all("input", name="contact") == []
    assert "researchers" not in read.said
    assert "You can close this page" not in read.said


def test_choices_and_contact_are_there_where_the_survey_has_them_and_the_partner_allows_it() -> None:
    definition = Definition(choices=("price", "value", "effort", "other"), contact=True)
    read = Read(page(asking(definition=definition)).text)
    assert [own["value"] for own in read.all("input", name="reason")] == list(definition.choices)
    assert read.all("input", name="contact")[0]["type"] == "email"
    assert "Our researchers may contact me" in read.said
    assert "after 180 days" in read.said
    for one in (asking(definition=definition, may_contact=False), asking(definition=definition, audience="buyer")):
        refused = Read(page(one).text)
        assert refused.all("input", name="contact") == []
        assert "researchers" not in refused.said


def test_a_page_of_our_own_cannot_be_closed_and_says_when_it_is_done() -> None:
    framed, hosted = (Read(page(asking(hosted=one)).text) for one in (False, True))
    assert (len(framed.all("button", id="close")), len(hosted.all("button", id="close"))) == (1, 0)
    assert "You can close this page now." in hosted.said


@pytest.mark.parametrize(
    ("branding", "brand", "question"),
    [
        ("own", "Wellnow", "recommend Wellnow to"),
        ("co_branded", "Wellnow · Northwind", "recommend Wellnow to"),
        ("white_label", "", "recommend this product to"),
    ],
)
def test_branding_is_the_partners_policy(branding: str, brand: str, question: str) -> None:
    one = asking(branding=branding)
    found = card.values(one, one.texts())
    assert found["brand"] == brand
    assert question in found["question"]


def test_a_white_label_names_the_vendor_in_the_line_that_says_where_it_goes_and_nowhere_else() -> None:
    text = page(asking(branding="white_label")).text
    assert text.count("Wellnow") == 1
    assert "This goes to Wellnow, not to Northwind" in text


def test_the_document_speaks_the_persons_language_in_its_direction() -> None:
    read = Read(page(asking(locale="ar")).text)
    assert read.all("html", lang="ar", dir="rtl")
    assert "احتمال" in read.said


def test_the_document_with_its_styles_and_script_is_within_its_budget() -> None:
    one = asking()
    words = dict.fromkeys(one.texts(), "")
    found = assets.frame_document().asking(card.values(one, words) | {"brand": ""}, one.style(), {})
    assert len(gzip.compress(found.text.encode(), 9)) <= 3500


def test_without_a_question_the_document_asks_nothing() -> None:
    found = assets.frame_document().silent()
    read = Read(found.text)
    assert [tag for tag, _ in read.elements] == ["html", "title", "script", "script"]
    assert 'id="data">null<' in found.text


def test_a_message_is_a_page_without_a_script() -> None:
    found = assets.frame_document().message(
        {"locale": "he", "dir": "rtl", "title": NAUGHTY, "text": "Too old."}, "body{color:red}"
    )
    read = Read(found.text)
    assert read.all("script") == []
    assert NAUGHTY in read.said
    styles = re.findall("<style>(.*?)</style>", found.text, re.DOTALL)
    assert found.style_sources == " ".join(map(source, styles))
    assert found.script_source == "'none'"
