"""The editor of surveys: what is typed is kept, checked where surveys are checked, and never lost."""

import re
from html import unescape
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from feedback.desk import page_rules, survey_form
from feedback.surveys.definition import Definition, load
from feedback.surveys.queries import survey_by_name, versions_of
from feedback.surveys.templates import TEMPLATES
from feedback.surveys.words import locales
from tests.desk.conftest import Visitor
from tests.desk.reading import statements, text
from tests.desk.speaking import audited
from tests.desk.test_surveys import NAUGHTY, ask, change
from tests.gap.world import World

DATABASES = ("sqlite",)

EDIT = "/desk/surveys/asks/edit"
TEXTS = "/desk/surveys/asks/texts"
EVERYTHING: dict[str, Any] = {
    "delay_s": 5,
    "on": {"scroll_percent": 60},
    "pages": {
        "all": [
            {"any": [{"path": {"glob": "/a/**"}}, {"url": {"contains": "b c"}}]},
            {"not": {"any": [{"path": {"exact": "/x"}}]}},
        ]
    },
    "devices": ["desktop", "mobile"],
    "partners": ["acme", "beta"],
    "seats": {"country": ["DE", "AT"], "team": ["sales"]},
    "sample": 0.333,
    "wave": "spring",
    "daily_cap": 50,
    "quiet": {"first_use_days": 1, "first_use_until_days": 9, "answered_days": 2, "dismissed_days": 3, "later_days": 4},
    "wording": "nps",
    "choices": ["price", "speed"],
    "contact": True,
    "theme": {"accent": "#ff0000", "radius_px": 3, "font": "Georgia, serif", "position": "top-start", "mode": "dark"},
    "texts": {
        "en": {"question": "Why?", "choices.speed": "Too: slow"},
        "de": {"question": "Warum?\nJa", "choices.speed": "Tempo"},
    },
}


def typed_of(page: str) -> MultiDict[str, str]:
    """The fields of the form as a browser would send them back."""
    form = page[re.search(r'<form [^>]*method="post" action="/desk/surveys/', page).start() :]  # type: ignore[union-attr]
    form = form[: form.index("</form>")]
    typed: MultiDict[str, str] = MultiDict()
    for tag in re.findall(r"<input [^>]*>", form):
        found = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if found.get("type") != "checkbox" or " checked" in tag:
            typed.add(found["name"], unescape(found.get("value", "")))
    for name, said in re.findall(r'<textarea name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        typed.add(name, unescape(said))
    for name, inner in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', inner)
        typed.add(name, chosen[1] if chosen else "")
    return typed


def send(visitor: Visitor, path: str, typed: MultiDict[str, str], **fields: str) -> Any:
    """Send the form, some fields changed."""
    changed = typed.copy()
    for name, value in fields.items():
        changed[name] = value
    return visitor.client.post(path, data=changed)


def draft(world: World) -> Definition:
    """The draft as it is kept."""
    with world.services.database.reading() as session:
        return load(survey_by_name(session, "asks").draft)


@pytest.fixture
def asks(visitor: Visitor, world: World) -> World:
    """A live survey of everything, and a researcher."""
    world.partner("acme", 40, name="Acme & <i>Söhne</i>")
    ask(world, "asks", **EVERYTHING)
    visitor.come_in("researcher")
    return world


@pytest.mark.parametrize("definition", [load(EVERYTHING), Definition(), *(one.definition for one in TEMPLATES)])
@pytest.mark.parametrize("locale", ["en", "de", "fr"])
def test_a_form_that_is_sent_as_it_came_changes_nothing(definition: Definition, locale: str) -> None:
    typed = survey_form.filled(definition, locale)
    assert load(survey_form.read(typed, definition)) == definition
    # What a browser does to line ends is no change.
    crlf = MultiDict([(name, said.replace("\n", "\r\n")) for name, said in typed.items(multi=True)])
    assert load(survey_form.read(crlf, definition)) == definition


@pytest.mark.parametrize(
    "rule",
    [
        None,
        {"path": {"prefix": "/plan"}},
        {"any": [{"path": {"regex": "^/a b/c$"}}]},
        {"not": {"path": {"glob": "*.html"}}},
        {"all": [{"path": {"exact": "/a"}}, {"not": {"any": [{"url": {"contains": "x"}}, {"path": {"glob": "/y"}}]}}]},
        {"all": [{"path": {"exact": "/a"}}, {"path": {"exact": "/b"}}]},
        {"any": [{"all": [{"path": {"exact": "/a"}}]}]},
        {"not": {"not": {"path": {"exact": "/a"}}}},
        {"path": {"exact": " /a"}},
        {"path": {"prefix": "/a\n/b"}},
    ],
)  # fmt: skip
def test_a_rule_about_pages_survives_the_form_whatever_it_is(rule: Any) -> None:
    before = Definition(pages=rule)
    written = survey_form.read(survey_form.filled(before, "en"), before)["pages"]
    assert meaning(written) == meaning(rule)


def meaning(rule: Any) -> Any:
    """A rule without what makes no difference: a list of one is its only part."""
    if rule is None:
        return None
    [(key, value)] = rule.items()
    if key in ("all", "any"):
        parts = [meaning(one) for one in value]
        return parts[0] if len(parts) == 1 else {key: parts}
    return {"not": meaning(value)} if key == "not" else rule


def test_lines_are_read_as_people_write_them() -> None:
    rule = page_rules.rule("/plan/**\n\n  path prefix /app  \nurl contains a b", "")
    assert rule == {"any": [{"path": {"glob": "/plan/**"}}, {"path": {"prefix": "/app"}}, {"url": {"contains": "a b"}}]}
    assert page_rules.rule("", "/x") == {"not": {"any": [{"path": {"glob": "/x"}}]}}
    assert page_rules.rule(" \n", "") is None


def test_the_page_holds_the_whole_draft_and_sends_it_back_as_it_is(visitor: Visitor, asks: World) -> None:
    page = visitor.get(f"{EDIT}?lang=de")
    assert "<i>Söhne" not in page.text
    done = send(visitor, EDIT, typed_of(page.text))
    assert done.status_code == 303, text(done.text)
    assert draft(asks) == load(EVERYTHING)
    assert "Saved as the draft" in visitor.get(done.headers["Location"]).text


def test_what_is_typed_is_the_draft_and_not_what_is_published(visitor: Visitor, asks: World) -> None:
    typed = typed_of(visitor.get(f"{EDIT}?lang=de").text)
    changed = {
        "text.de.question": NAUGHTY,
        "text.de.low": "nie",
        "choices": "price\nvalue: Nutzen",
        "on": "exit_intent",
        "on_value": "ignored",
        "delay_s": " 7 ",
        "pages": "/plan/**",
        "pages_never": "",
        "partners": "acme, other\nthird",
        "seats": "country: DE\n\ncountry: AT, CH",
        "sample": "12,5 %",
        "daily_cap": "",
        "quiet.first_use_until_days": "",
        "theme.position": "bottom-start",
    }
    assert send(visitor, EDIT, typed, **changed).status_code == 303
    now = draft(asks)
    assert now.texts["de"] == {"question": NAUGHTY, "low": "nie", "choices.value": "Nutzen"}
    assert now.texts["en"] == {"question": "Why?"} and now.choices == ("price", "value")
    assert (now.on, now.delay_s, now.pages) == ({"exit_intent": True}, 7, {"any": [{"path": {"glob": "/plan/**"}}]})
    assert now.partners == ("acme", "other", "third") and now.seats == {"country": ("DE", "AT", "CH")}
    assert (now.sample, now.daily_cap, now.quiet.first_use_until_days) == (0.125, None, None)
    assert now.theme.position == "bottom-start"
    with asks.services.database.reading() as session:
        assert load(versions_of(session, survey_by_name(session, "asks"))[-1].definition) == load(EVERYTHING)
    (entry,) = audited(visitor.services, "survey.changed")
    assert (entry.actor, entry.target) == ("staff:ann@example.com", "asks")
    page = visitor.get(f"{EDIT}?lang=de").text
    assert "<script>alert" not in page and typed_of(page)["text.de.question"] == NAUGHTY


FAULTS = (
    ("delay_s", "soon", "Not a valid integer."),
    ("delay_s", "100000", "Must be greater than or equal to 0 and less than or equal to 86400."),
    ("sample", "many", "Not a valid number."),
    ("sample", "0", "Must be greater than 0"),
    ("daily_cap", "0", "Must be greater than or equal to 1"),
    ("quiet.answered_days", "-1", "Not a valid integer."),
    ("quiet.first_use_until_days", "0", "It is before first_use_days"),
    ("theme.accent", "red", "A colour like #0b6f6a."),
    ("theme.font", "a;b", "Names of fonts"),
    ("theme.radius_px", "99", "Must be greater than or equal to 0 and less than or equal to 28."),
    ("pages", "path regex (?=x)", "a look-ahead or look-behind; combine rules with all, any and not."),
    ("pages_rule", "{", "There is no such rule"),
    ("partners", "Acme!", "The slug of a partner"),
    ("seats", "country", "Shorter than minimum length 1."),
    ("choices", "speed\nfast", "The choice has no words"),
    ("choices", "price\nprice", "Each of the choices once."),
    ("text.de.question", "x" * 1001, "Length must be between 1 and 1000."),
    ("text.de.nowhere", "x", "There is no text"),
    ("on_value", "", "Not a valid integer."),
)


def test_what_does_not_fit_is_said_and_what_was_typed_stays(visitor: Visitor, asks: World) -> None:
    typed = typed_of(visitor.get(f"{EDIT}?lang=de").text)
    typed["wave"] = "typed <b>meanwhile"
    for field, value, said in FAULTS:
        refused = send(visitor, EDIT, typed, **{field: value})
        assert refused.status_code == 422, field
        assert said in text(refused.text), field
        assert "What you typed is still here" in refused.text and "<b>meanwhile" not in refused.text
        back = typed_of(refused.text)
        assert back["wave"] == "typed <b>meanwhile"
        assert field == "text.de.nowhere" or back[field] == value
        # The same without keeping: the frame says what is wrong.
        shown = send(visitor, "/desk/surveys/asks/preview", typed, **{field: value})
        assert shown.status_code == 200 and "This cannot be shown yet" in shown.text, field
    assert draft(asks) == load(EVERYTHING)


def test_errors_stand_beside_their_fields(visitor: Visitor, asks: World) -> None:
    assert asks
    typed = typed_of(visitor.get(f"{EDIT}?lang=de").text)
    page = send(visitor, EDIT, typed, sample="many", **{"theme.accent": "red", "quiet.later_days": "x"}).text
    assert "3 fields do not fit" in page
    for field in ("sample", "theme.accent", "quiet.later_days"):
        assert re.search(rf'name="{field}"[^>]* aria-invalid="true" aria-describedby="wrong-{field}"', page), field
        assert f'id="wrong-{field}"' in page


def test_who_saves_second_sees_both_and_loses_nothing(visitor: Visitor, asks: World) -> None:
    typed = typed_of(visitor.get(f"{EDIT}?lang=de").text)
    change(asks, "asks", **(EVERYTHING | {"wave": "theirs <b>"}))
    theirs = draft(asks)
    clash = send(visitor, EDIT, typed, sample="5")
    assert clash.status_code == 409 and draft(asks) == theirs
    said = text(clash.text)
    assert "somebody saved the draft while you were editing" in said and "theirs <b>" not in clash.text
    assert "Sample 33.3 % of them 5 % of them" in said and "Wave theirs <b> spring" in said
    assert audited(visitor.services, "survey.changed") == []
    again = typed_of(clash.text)
    assert again["sample"] == "5" and again["wave"] == "spring"
    assert send(visitor, EDIT, again).status_code == 303
    assert (draft(asks).sample, draft(asks).wave) == (0.05, "spring")
    # Now there is somebody to name.
    assert "ann@example.com saved the draft" in text(send(visitor, EDIT, typed).text)
    assert "ann@example.com saved the draft" in text(send(visitor, TEXTS, typed).text)


def test_the_preview_is_the_card_of_what_is_typed_and_keeps_nothing(visitor: Visitor, asks: World) -> None:
    typed = typed_of(visitor.get(f"{EDIT}?lang=en").text)
    view = {"view.locale": "ar", "view.state": "low", "view.partner": "acme"}
    shown = send(visitor, "/desk/surveys/asks/preview", typed, **{"text.en.question": NAUGHTY}, **view)
    assert 'dir="rtl"' in shown.text and "Acme &amp; &lt;i&gt;" in shown.text
    english = send(visitor, "/desk/surveys/asks/preview", typed, **{"text.en.question": NAUGHTY})
    assert "&lt;script&gt;alert" in english.text and "<script>alert" not in english.text and "Too: slow" in english.text
    assert "sandbox allow-scripts" in english.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in english.headers["Content-Security-Policy"]
    assert draft(asks) == load(EVERYTHING) and audited(visitor.services, "survey.changed") == []
    for path in (EDIT, "/desk/surveys/asks"):
        policy = visitor.get(path).headers["Content-Security-Policy"]
        assert "frame-src 'self'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    saved = visitor.get("/desk/surveys/asks/preview?of=1&view.locale=de&view.mode=dark&view.state=nonsense")
    assert "Warum?" in saved.text
    assert visitor.get("/desk/surveys/asks/preview?view.partner=nobody").status_code == 404


def test_texts_stand_side_by_side_with_what_is_missing(visitor: Visitor, asks: World) -> None:
    change(
        asks, "asks", choices=["speed"], texts={"en": {"question": NAUGHTY, "choices.speed": "Slow", "low": "never"}}
    )
    page = visitor.get(f"{TEXTS}?lang=ar").text
    said = text(page)
    assert "3 texts are missing in Arabic" in said and "<script>alert" not in page
    assert page.count('<tr class="missing">') == 3
    assert 'name="text.ar.question" rows="1" lang="ar" dir="rtl"' in page
    assert re.search(r'placeholder="[^"]*\{vendor\}', page)
    assert "Arabic, 3 missing" in said and "English, 3 missing" not in said
    # Without an address asked for, nobody reads what becomes of it; with, its words are there.
    assert "text.ar.contact" not in page
    typed = typed_of(page)
    done = send(visitor, TEXTS, typed, **{"text.ar.question": "لماذا؟", "text.ar.choices.speed": "بطيء"})
    assert done.status_code == 303
    assert draft(asks).texts["ar"] == {"question": "لماذا؟", "choices.speed": "بطيء"}
    assert "1 text is missing in Arabic" in text(visitor.get(done.headers["Location"]).text)
    typed = typed_of(visitor.get(f"{TEXTS}?lang=ar").text)
    assert send(visitor, TEXTS, typed, **{"text.ar.question": ""}).status_code == 303
    assert draft(asks).texts["ar"] == {"choices.speed": "بطيء"}
    typed = typed_of(visitor.get(f"{TEXTS}?lang=ar").text)
    refused = send(visitor, TEXTS, typed, **{"text.ar.question": "x" * 1001})
    assert refused.status_code == 422 and "between 1 and 1000" in refused.text and "x" * 1001 in refused.text


@pytest.mark.parametrize("name", [one.name for one in TEMPLATES])
def test_every_template_can_be_edited_in_every_language(visitor: Visitor, world: World, name: str) -> None:
    assert world
    visitor.come_in("admin")
    visitor.get("/desk/surveys")
    assert visitor.post("/desk/surveys", template=name).status_code == 303
    for locale in ("en", "ur", "zh-Hant"):
        typed = typed_of(visitor.get(f"/desk/surveys/{name}/edit?lang={locale}").text)
        assert send(visitor, f"/desk/surveys/{name}/edit", typed).status_code == 303
        assert "radiogroup" in send(visitor, f"/desk/surveys/{name}/preview", typed).text
    assert len(locales()) == visitor.get(f"/desk/surveys/{name}/texts").text.split('name="lang"')[1].split("</select>")[
        0
    ].count("<option")


def test_what_is_not_there_or_built_in_cannot_be_edited(visitor: Visitor, asks: World) -> None:
    asks.answers("acme", "end_user", [9])
    typed = typed_of(visitor.get(EDIT).text)
    assert visitor.get("/desk/surveys/no-such/edit").status_code == 404
    for path in ("edit", "texts", "publish"):
        assert visitor.get(f"/desk/surveys/imported-end-user-nps/{path}").status_code == 409
        assert visitor.get(f"/desk/surveys/no-such/{path}").status_code == 404
        assert send(visitor, f"/desk/surveys/no-such/{path}", typed).status_code == 404
        assert send(visitor, f"/desk/surveys/imported-end-user-nps/{path}", typed).status_code == 409
    typed = typed_of(visitor.get(EDIT).text)
    assert statements(visitor, EDIT) <= 8
