"""What people wrote, as researchers read and mark it, and as nobody else does."""

import re
from collections.abc import Sequence
from datetime import timedelta
from html import unescape
from uuid import UUID

import pytest
from sqlalchemy import delete, event, select

from feedback.comments.commands import forget_marks
from feedback.comments.models import CommentMark
from feedback.responses.models import Response
from feedback.seats.commands import seat_id
from tests.desk.conftest import Visitor
from tests.desk.speaking import LATELY, audited, say, text, written
from tests.gap.world import PEPPER, World

NAUGHTY = """<script>alert(1)</script> "quoted' & {{ 7 * 7 }} <img src=x onerror=alert(2)>"""
PAGE, QUEUE = "/desk/comments", "/desk/comments/restricted"


@pytest.fixture
def two(world: World) -> World:
    """Two partners."""
    world.partner("acme", name="Acme")
    world.partner("nakhil", name="مجموعة النخيل")
    return world


@pytest.fixture
def reader(visitor: Visitor) -> Visitor:
    """A researcher who is signed in."""
    visitor.come_in(role="researcher")
    return visitor


def mark(visitor: Visitor, slug: str, response_id: UUID, form: str, **fields: str) -> int:
    """Send one of a comment's forms; the status of the answer."""
    visitor.get(PAGE)
    return visitor.post(f"{PAGE}/{slug}/{response_id}/{form}", back=PAGE, **fields).status_code


def test_the_newest_comes_first_with_score_partner_language_and_day(reader: Visitor, two: World) -> None:
    say(two, "acme", "The first", locale="de-CH", at=LATELY - timedelta(days=30))
    say(two, "nakhil", "The second", audience="buyer", score=9)
    page = reader.get(PAGE)
    assert written(page.text) == ["The second", "The first"]
    seen = text(page.text)
    assert "NPS 9 مجموعة النخيل buyer · 10 Nov 2026 new The second" in seen
    assert "NPS 3 Acme end user · German · 11 Oct 2026 new The first" in seen
    assert "09:00" not in page.text


@pytest.mark.requirement("ASVS 8.2.3")
def test_who_wrote_it_is_not_on_the_page(reader: Visitor, two: World) -> None:
    say(two, "acme", "Nobody knows", person="ada")
    page = reader.get(PAGE).text
    assert "Nobody knows" in page
    pseudonym = seat_id(PEPPER, two.ids["acme"], "ada")
    assert str(pseudonym) not in page and pseudonym.hex not in page


def test_answers_without_words_and_those_of_test_keys_are_left_out(reader: Visitor, two: World) -> None:
    for comment, live in (("Kept", True), (None, True), ("", True), ("A test", False)):
        say(two, "acme", comment, live=live)
    assert written(reader.get(PAGE).text) == ["Kept"]


@pytest.mark.requirement("ASVS 3.2.2")
def test_what_people_wrote_is_text_and_nothing_else(reader: Visitor, two: World) -> None:
    response_id = say(two, "acme", NAUGHTY)
    mark(reader, "acme", response_id, "remarks", label=NAUGHTY[:40], note=NAUGHTY)
    page = reader.get(PAGE).text
    assert "<script>alert" not in page and "<img" not in page
    assert unescape(page).count(NAUGHTY) >= 2
    assert page.count("<script") == page.count('<script src="/desk/static/comments.') == 1


def test_right_to_left_stands_in_a_place_of_its_own(reader: Visitor, two: World) -> None:
    say(two, "nakhil", "الواجهة بطيئة جدا", locale="ar")
    page = reader.get(PAGE).text
    assert '<bdi dir="auto" lang="ar">الواجهة بطيئة جدا</bdi>' in page
    assert "<bdi>مجموعة النخيل</bdi>" in page


@pytest.mark.requirement("ASVS 8.2.3")
def test_only_researchers_and_admins_read_comments(visitor: Visitor, two: World) -> None:
    response_id = say(two, "acme", "A secret")
    for role, may in (("analyst", False), ("account", False), ("researcher", True), ("admin", True)):
        link = visitor.staff(email=f"{role}@example.com", role=role)
        visitor.get(link)
        visitor.post(link)
        menu = visitor.get("/desk").text
        assert (f'href="{PAGE}"' in menu, 'href="/desk/call-list"' in menu) == (may, may)
        for path in (PAGE, QUEUE, "/desk/call-list"):
            page = visitor.get(path)
            assert page.status_code == (200 if may else 403), (role, path)
            assert may or ("Your role may not see this" in page.text and "A secret" not in page.text)
        sent = visitor.post(f"{PAGE}/acme/{response_id}/status", status="read")
        assert sent.status_code == (303 if may else 403)
        visitor.get("/desk")
        visitor.post("/logout")
    assert {entry.actor for entry in audited(two.services, "comment.read")} == {
        "staff:researcher@example.com",
        "staff:admin@example.com",
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["slow", "teuer", "super", "buyer says", "csat"]),
        ("partner=nakhil", ["super"]),
        ("audience=buyer", ["buyer says"]),
        ("score=low", ["slow", "teuer"]),
        ("score=middle", ["buyer says"]),
        ("score=high", ["super", "csat"]),
        ("score=9", ["super"]),
        ("score=4", ["csat"]),
        ("language=de", ["teuer", "super"]),
        ("language=d", None),
        ("from=2026-11", ["slow", "teuer", "super"]),
        ("to=2026-10", ["buyer says", "csat"]),
        ("from=2026-10&to=2026-10", ["buyer says"]),
        ("from=2026-13", None),
        ("status=read", []),
        ("status=odd", None),
        ("label=x", []),
        ("cursor=odd", None),
        ("audience=&score=&unknown=1", ["slow", "teuer", "super", "buyer says", "csat"]),
    ],
)
def test_the_address_filters(reader: Visitor, two: World, query: str, found: Sequence[str] | None) -> None:
    for comment, slug, terms in (
        ("slow", "acme", {"score": 6, "locale": "en"}),
        ("teuer", "acme", {"score": 0, "locale": "de"}),
        ("super", "nakhil", {"score": 9, "locale": "de-AT"}),
        ("buyer says", "acme", {"score": 7, "audience": "buyer", "at": LATELY - timedelta(days=30)}),
        ("csat", "acme", {"score": 4, "metric": "csat", "locale": "den", "at": LATELY - timedelta(days=60)}),
    ):
        say(two, slug, comment, **terms)
    page = reader.get(f"{PAGE}?{query}")
    assert page.status_code == (200 if found is not None else 422)
    assert sorted(written(page.text)) == sorted(found or [])


def test_a_partner_that_is_not_there_is_not_found(reader: Visitor, two: World) -> None:
    response_id = say(two, "acme", "Here")
    assert reader.get(f"{PAGE}?partner=nobody").status_code == 404
    assert mark(reader, "nobody", response_id, "status", status="read") == 404


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("UBERSICHT", True),
        ("übersicht langsam", True),
        ("u\u0308bersicht", True),
        ("langsam schnell", False),
        ("strasse", True),
        ("100%", True),
        ("100%x", False),
        ("a_b", True),
        ("axb", False),
        ("سريع", True),
        ("ΟΔΟΣ", True),
        ("   ", True),
    ],
)
def test_all_words_must_occur_whatever_the_case_or_the_accents(
    reader: Visitor, two: World, search: str, found: bool
) -> None:
    wrote = "Die Übersicht ist langsam, Straße, 100% a_b سَرِيع οδός"
    say(two, "acme", wrote)
    assert written(reader.get(f"{PAGE}?q={search.replace('%', '%25')}").text) == ([wrote] if found else [])


def test_pages_follow_each_other_without_a_gap_also_within_a_search(reader: Visitor, two: World) -> None:
    for number in range(120):
        # Answers at the very same moment too.
        say(two, "acme", f"word {number:03}", at=LATELY - timedelta(hours=number // 3))
    for query in ("", "?q=WORD", "?status=new&q=word"):
        path: str | None = f"{PAGE}{query}"
        seen: list[str] = []
        sizes = []
        while path:
            page = reader.get(path).text
            sizes.append(len(written(page)))
            seen += written(page)
            older = re.search(r'<a href="([^"]*)" rel="next">', page)
            path = unescape(older[1]) if older else None
        assert sizes == [50, 50, 20]
        assert sorted(seen) == [f"word {number:03}" for number in range(120)]
        moments = [int(one.removeprefix("word ")) // 3 for one in seen]
        assert moments == sorted(moments)


def test_marking_moves_a_comment_from_one_status_to_the_next(reader: Visitor, two: World) -> None:
    response_id = say(two, "acme", "Please fix it")
    say(two, "acme", "Another")
    assert "all 2 new 2 read 0 acted on 0" in text(reader.get(PAGE).text)
    sent = reader.post(f"{PAGE}/acme/{response_id}/status", status="read", back=f"{PAGE}?status=new")
    assert (sent.status_code, sent.headers["Location"]) == (303, f"{PAGE}?status=new#c-acme-{response_id.hex}")
    assert written(reader.get(f"{PAGE}?status=new").text) == ["Another"]
    assert mark(reader, "acme", response_id, "status", status="acted_on") == 303
    assert written(reader.get(f"{PAGE}?status=acted_on").text) == ["Please fix it"]
    assert mark(reader, "acme", response_id, "status", status="new") == 303
    assert len(written(reader.get(f"{PAGE}?status=new").text)) == 2


def test_label_and_note_are_kept_beside_it_and_taken_away_again(reader: Visitor, two: World) -> None:
    response_id = say(two, "acme", "Too slow")
    assert mark(reader, "acme", response_id, "remarks", label=" export ", note="Line one\r\nline two") == 303
    page = reader.get(f"{PAGE}?label=export").text
    assert written(page) == ["Too slow"]
    assert "Line one\nline two" in page
    assert "<option selected>export</option>" in page
    assert mark(reader, "acme", response_id, "remarks", label="", note="") == 303
    assert "Line one" not in reader.get(PAGE).text
    assert written(reader.get(f"{PAGE}?label=export").text) == []


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ("status", {"status": "done"}),
        ("status", {}),
        ("remarks", {"label": "x" * 41}),
        ("remarks", {"restricted": "weather"}),
    ],
)
def test_a_form_with_something_else_in_it_is_refused(
    reader: Visitor, two: World, form: str, fields: dict[str, str]
) -> None:
    response_id = say(two, "acme", "Too slow")
    assert mark(reader, "acme", response_id, form, **fields) == 422
    assert audited(two.services, "comment.marked") == []


def test_forms_without_their_token_change_nothing(reader: Visitor, two: World) -> None:
    response_id = say(two, "acme", "Too slow")
    reader.get(PAGE)
    for form, fields in (("status", {"status": "read"}), ("remarks", {"note": "x"})):
        assert reader.post(f"{PAGE}/acme/{response_id}/{form}", token="", **fields).status_code == 403
    with two.services.database.reading() as session:
        assert session.query(CommentMark).count() == 0


@pytest.mark.requirement("ASVS 8.2.2")
def test_the_comment_of_another_partner_and_an_answer_without_words_are_not_found(reader: Visitor, two: World) -> None:
    response_id, silent = say(two, "acme", "Mine"), say(two, "acme", None)
    for slug, one in (("nakhil", response_id), ("acme", silent)):
        for form, fields in (("status", {"status": "read"}), ("remarks", {"note": "x"})):
            assert mark(reader, slug, one, form, **fields) == 404
    with two.services.database.reading() as session:
        assert session.query(CommentMark).count() == 0


def test_a_restricted_comment_stands_in_the_queue_alone(reader: Visitor, two: World) -> None:
    response_id = say(two, "acme", "Bob shouts at us")
    say(two, "acme", "Fine")
    assert mark(reader, "acme", response_id, "remarks", restricted="harassment") == 303
    for path in (PAGE, f"{PAGE}?q=bob", f"{PAGE}?status=new", f"{PAGE}?partner=acme"):
        page = reader.get(path).text
        assert "Bob shouts" not in page
        assert "all 1 new 1" in text(page) or "q=bob" in path
    queue = reader.get(QUEUE).text
    assert written(queue) == ["Bob shouts at us"]
    assert "harassment" in text(queue)
    assert mark(reader, "acme", response_id, "remarks", restricted="") == 303
    assert written(reader.get(QUEUE).text) == []
    assert len(written(reader.get(PAGE).text)) == 2


def test_every_look_is_written_down_without_what_was_written_or_searched(reader: Visitor, two: World) -> None:
    response_id = say(two, "acme", "Confidential words")
    mark(reader, "acme", response_id, "remarks", label="Confidential", note="Confidential", restricted="health")
    reader.get(f"{PAGE}?partner=acme&score=low&from=2026-11&q=Confidential")
    reader.get(QUEUE)
    looks = [(entry.actor, entry.target, entry.detail) for entry in audited(two.services, "comment.read")]
    who = "staff:ann@example.com"
    assert looks == [
        (who, "comments", {"count": 1}),
        (who, "comments", {"partner": "acme", "score": "low", "from": "2026-11", "q": True, "count": 0}),
        (who, "restricted comments", {"count": 1}),
    ]
    (marked,) = audited(two.services, "comment.marked")
    assert (marked.actor, marked.target) == (who, str(response_id))
    assert marked.detail == {"partner": str(two.ids["acme"]), "changed": ["label", "note", "restricted"]}


def test_marking_the_same_again_is_no_change(reader: Visitor, two: World) -> None:
    response_id = say(two, "acme", "Once")
    for _ in range(2):
        assert mark(reader, "acme", response_id, "status", status="read") == 303
    assert len(audited(two.services, "comment.marked")) == 1


def test_what_was_made_of_a_comment_goes_with_it(reader: Visitor, two: World) -> None:
    erased, kept = say(two, "acme", "Gone soon", person="ada"), say(two, "acme", "Stays")
    for response_id in (erased, kept):
        mark(reader, "acme", response_id, "remarks", note="They wrote so")
    with two.services.database.transaction() as session:
        session.execute(delete(Response).where(Response.id == erased))
        assert forget_marks(session) == 1
        assert [one.response_id for one in session.scalars(select(CommentMark))] == [kept]
    assert written(reader.get(PAGE).text) == ["Stays"]


def test_empty_lists_say_what_they_wait_for(reader: Visitor) -> None:
    assert "Nobody wrote anything yet" in text(reader.get(PAGE).text)
    assert "No comment is restricted" in text(reader.get(QUEUE).text)
    assert "Nothing that people wrote fits this" in text(reader.get(f"{PAGE}?q=x").text)


def test_a_page_takes_the_same_few_queries_for_one_comment_and_for_fifty(reader: Visitor, two: World) -> None:
    for query in ("", "?q=comment"):
        say(two, "acme", "comment")
        few = _queries(reader, f"{PAGE}{query}")
        for number in range(60):
            say(two, ("acme", "nakhil")[number % 2], f"comment {number}")
        assert _queries(reader, f"{PAGE}{query}") == few < 12


def test_its_script_comes_from_us_under_a_name_made_of_its_content(reader: Visitor) -> None:
    page = reader.get(PAGE)
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'") and "script-src 'self'" in policy and "unsafe" not in policy
    (path,) = re.findall(r'<script src="([^"]*)"', page.text)
    script = reader.get(path)
    assert script.status_code == 200 and script.mimetype == "text/javascript"
    assert "script-src" not in reader.get("/desk/call-list").headers["Content-Security-Policy"]


def _queries(visitor: Visitor, path: str) -> int:
    seen: list[str] = []

    def count(_connection, _cursor, statement, *_rest) -> None:
        seen.append(statement)

    engine = visitor.services.database.engine
    event.listen(engine, "before_cursor_execute", count)
    try:
        assert visitor.get(path).status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return len(seen)
