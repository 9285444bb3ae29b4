"""The audit log in the settings: newest first, narrowed in the address, exported."""

import csv
import re
from datetime import UTC, datetime, timedelta
from time import perf_counter

import pytest
from sqlalchemy import insert, select

from feedback.core.ids import new_id
from feedback.core.services import Services
from feedback.decisions.commands import add_claim
from feedback.decisions.values import NewClaim
from feedback.desk import audit_words
from feedback.partners.keys import create_secret_key
from feedback.partners.models import Partner
from feedback.responses.models import Response
from feedback.staff import audit
from feedback.staff.models import AuditEntry
from tests.conftest import FakeClock
from tests.desk.conftest import Visitor
from tests.desk.reading import statements, text
from tests.desk.speaking import audited, say
from tests.gap.world import World

PAGE = "/desk/settings/audit"


@pytest.fixture
def admin(visitor: Visitor) -> Visitor:
    """An admin who is signed in."""
    visitor.come_in("admin")
    return visitor


def wrote(services: Services, *entries: tuple[str, str, str], at: datetime) -> None:
    """Entries of (actor, action, target), a second apart, the last one `at`."""
    with services.database.transaction() as session:
        for place, (actor, action, target) in enumerate(entries, 1 - len(entries)):
            audit.record(session, actor, action, target, {"n": place}, at + timedelta(seconds=place))


def targets(visitor: Visitor, query: str = "") -> list[str]:
    """What the lines of a page are about, in its order."""
    page = visitor.get(PAGE + query)
    assert page.status_code == 200, page.text
    return re.findall(r'<bdi>([^<]*)</bdi></a></td><td class="soft">', page.text)


@pytest.mark.parametrize("role", ["researcher", "analyst", "account"])
def test_only_admins_read_it(visitor: Visitor, role: str) -> None:
    visitor.come_in(role)
    assert (visitor.get(PAGE).status_code, visitor.get(f"{PAGE}.csv").status_code) == (403, 403)
    assert PAGE not in visitor.get("/desk/settings/account").text


def test_it_says_who_did_what_in_words(admin: Visitor, clock: FakeClock) -> None:
    with admin.services.database.transaction() as session:
        detail = {"before": "analyst", "role": "admin", "fields": ["a", "b"], "live": True, "none": None}
        audit.record(session, "staff:bob@example.com", "staff.role_changed", "eve@example.com", detail, clock.now)
        audit.record(session, "key:0198", "thing.never_named", "x <b>", {}, clock.now)
    seen = text(admin.get(PAGE).text)
    assert (
        "bob@example.com changed the role of eve@example.com before: analyst · role: admin · fields: a, b · live: yes"
        in seen
    )
    assert "the key 0198 thing: never named x <b>" in seen and "<b>" not in admin.get(PAGE).text.partition("<table")[2]
    assert "the command line added to the staff ann@example.com role: admin" in seen
    assert "15 Nov 2026, 12:00 ann@example.com signed in ann@example.com by a sign-in link" in seen


def test_an_id_has_its_name_or_its_end(admin: Visitor, world: World, clock: FakeClock) -> None:
    world.partner("acme")
    world.answers("acme", "end_user", {"ann": 9})
    acme, gone = str(world.ids["acme"]), str(new_id())
    with admin.services.database.transaction() as session:
        name = session.scalars(select(Partner.name).where(Partner.id == world.ids["acme"])).one()
        key, _ = create_secret_key(session, "Backend", ["write"], live=True, now=clock.now)
        response = str(session.scalars(select(Response.id)).one())
        claim = add_claim(
            session,
            world.ids["acme"],
            NewClaim("Their head", clock.now.date(), "All like it"),
            actor="cli",
            now=clock.now,
        )
        detail = {
            "partner_id": acme,
            "claim": str(claim.id),
            "response": response,
            "told": False,
            "rows": {"seat": 1200},
        }
        audit.record(session, f"key:{key.id}", "releases.attribute_changed", acme, detail, clock.now)
        audit.record(session, f"link:{gone}", "partner.page_opened", "acme", {"respondents": [gone]}, clock.now)
    seen = text(admin.get(PAGE).text).replace("\u2068", "").replace("\u2069", "")
    said = f"{name} partner: {name} · claim: at {name} ({str(claim.id)[-8:]}) · answer: {response[-8:]}"
    assert f"the key “Backend” chose which groups are released to {said}" in seen
    assert "partners are not told of it · rows: seat 1,200" in seen
    end = gone[-8:]
    assert f"who has the link {end} opened for the first time the page of acme pseudonyms: {end}" in seen
    # Neither what a customer said nor a whole id stands on the page, but where a link narrows it to one.
    assert "All like it" not in seen and response not in admin.get(PAGE).text


def test_reading_comments_appears(admin: Visitor, world: World) -> None:
    world.partner("acme")
    say(world, "acme", "Secret words")
    admin.get("/desk/comments?partner=acme&q=secret")
    page = text(admin.get(f"{PAGE}?action=comment.").text)
    assert "ann@example.com read comments" in page and "partner: acme" in page
    assert "ecret" not in page.partition("When Who")[2]


def test_it_is_narrowed_by_person_action_target_and_days(admin: Visitor, clock: FakeClock) -> None:
    day = clock.now - timedelta(days=2)
    wrote(
        admin.services,
        ("staff:bob@example.com", "comment.read", "ONE%"),
        ("staff:bob@example.com", "comment.marked", "two"),
        ("cli", "commentary.made", "three"),
        at=day,
    )
    assert targets(admin)[-3:] == ["three", "two", "ONE%"]
    assert targets(admin, "?actor=staff:bob@example.com") == ["two", "ONE%"] == targets(admin, "?actor=Bob@example.com")
    assert targets(admin, "?actor=bob") == []
    assert targets(admin, "?action=comment.") == ["two", "ONE%"] and targets(admin, "?action=comment.read") == ["ONE%"]
    assert targets(admin, "?target=one%25") == ["ONE%"] and targets(admin, "?target=%25") == ["ONE%"]
    assert targets(admin, f"?to={day:%Y-%m-%d}&from={day:%Y-%m-%d}") == ["three", "two", "ONE%"]
    assert targets(admin, f"?to={day - timedelta(days=1):%Y-%m-%d}") == []
    assert "Nothing fits this" in admin.get(f"{PAGE}?target=nothing").text
    for day_text in ("yesterday", "2026-13-01", "20261101"):
        assert admin.get(f"{PAGE}?from={day_text}").status_code == 422


def test_a_day_is_one_of_utc_from_midnight_to_midnight(admin: Visitor) -> None:
    for moment, target in (
        (datetime(2026, 11, 2, 23, 59, 59, 999999, tzinfo=UTC), "last"),
        (datetime(2026, 11, 3, tzinfo=UTC), "after"),
        (datetime(2026, 11, 2, tzinfo=UTC), "first"),
        (datetime(2026, 11, 1, 23, 59, 59, 999999, tzinfo=UTC), "before"),
    ):
        wrote(admin.services, ("cli", "x.y", target), at=moment)
    assert targets(admin, "?from=2026-11-02&to=2026-11-02") == ["last", "first"]
    assert targets(admin, "?from=2026-11-02&to=9999-12-31")[-3:] == ["after", "last", "first"]


def many(services: Services, count: int, *, at: datetime) -> None:
    """Entries in a hurry, seven to a second."""
    rows = [
        {
            "id": new_id(),
            "at": at - timedelta(seconds=place // 7),
            "actor": f"staff:p{place % 50}@example.com",
            "action": "comment.read",
            "target": f"t{place}",
            "detail": {},
        }
        for place in range(count)
    ]
    with services.database.transaction() as session:
        session.execute(insert(AuditEntry), rows)


def test_pages_follow_each_other_without_gap_or_repetition(admin: Visitor, clock: FakeClock) -> None:
    many(admin.services, 250, at=clock.now - timedelta(days=1))
    seen: list[str] = []
    query = "?action=comment.read"
    for _ in range(3):
        seen += targets(admin, query)
        older = re.search(r'href="([^"]*)" rel="next"', admin.get(PAGE + query).text)
        query = older[1].replace("&amp;", "&").removeprefix(PAGE) if older else ""
    assert query == "" and len(seen) == 250 == len(set(seen))
    assert admin.get(f"{PAGE}?before=nonsense").status_code == 422


def test_ten_thousand_entries_stay_quick(admin: Visitor, clock: FakeClock) -> None:
    few = statements(admin, PAGE)
    many(admin.services, 12_000, at=clock.now)
    assert statements(admin, PAGE) == few <= 8
    for query in ("", "?target=t11999", "?actor=p7@example.com", "?action=comment.", "?action=none.such"):
        began = perf_counter()
        admin.get(PAGE + query)
        assert perf_counter() - began < 1, query


def test_the_export_holds_all_that_fit_and_is_itself_recorded(admin: Visitor, clock: FakeClock) -> None:
    many(admin.services, 2500, at=clock.now - timedelta(days=1))
    wrote(admin.services, ("cli", "partner.created", "=1+1"), at=clock.now)
    export = admin.get(f"{PAGE}.csv?action=comment.read")
    lines = list(csv.DictReader(export.text.splitlines()))
    assert len(lines) == 2500 == len({line["target"] for line in lines})
    assert list(lines[0]) == ["at", "actor", "action", "target", "detail"]
    assert 'filename="audit-log-2026-11-15.csv"' in export.headers["Content-Disposition"]
    assert "'=1+1" in admin.get(f"{PAGE}.csv").text
    first = audited(admin.services, "audit.exported")[0]
    assert (first.actor, first.detail) == ("staff:ann@example.com", {"action": "comment.read"})


def test_every_action_has_words() -> None:
    for name in audit_words.ACTIONS:
        assert audit_words.action(name) != name
    assert audit_words.action("webhook.tried_again") == "webhook: tried again"
    assert audit_words.action("odd") == "odd"


def test_what_is_empty_is_called_none() -> None:
    assert audit_words.detail({"rows": {}, "also": {"partners made": 1}, "scopes": []}) == (
        "rows: none · made besides: partners made 1 · scopes: none"
    )
