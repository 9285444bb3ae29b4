"""The audit log: the database refuses to change it, and whoever reads comments, exports or changes is in it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from feedback.core.db import Database
from feedback.core.errors import Problem
from feedback.core.services import Services
from feedback.desk import door, noting
from feedback.staff import audit
from feedback.staff.models import AuditEntry
from tests.cli.conftest import feedback as feedback  # noqa: PLC0414
from tests.cli.test_backup import _tools as _tools  # noqa: PLC0414
from tests.cli.test_backup import elsewhere as elsewhere  # noqa: PLC0414
from tests.conftest import FakeClock
from tests.desk.conftest import Visitor
from tests.desk.conftest import visitor as visitor  # noqa: PLC0414
from tests.desk.conftest import world as world  # noqa: PLC0414
from tests.desk.speaking import say
from tests.desk.test_every_door import doors
from tests.gap.world import World, people

WROTE = "the words of one person"
OLD = datetime(2024, 1, 31, 12, 0, tzinfo=UTC)


def entry(session: Session, at: datetime, target: str = "x") -> AuditEntry:
    return audit.record(session, "staff:ann@example.com", "comment.read", target, {"count": 1}, at)


def count(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(AuditEntry)) or 0


@pytest.fixture
def log(database: Database) -> Database:
    """A log with an entry of today, by the database's own clock, and one that is old."""
    with database.transaction() as session:
        entry(session, datetime.now(UTC), "young")
        entry(session, OLD, "old")
    return database


def _update(session: Session) -> None:
    session.execute(update(AuditEntry).values(actor="cli"))


def _by_hand(session: Session) -> None:
    session.execute(text("UPDATE audit_log SET target = 'y' WHERE target = 'old'"))


def _delete(session: Session) -> None:
    session.execute(delete(AuditEntry).where(AuditEntry.target == "young"))


def _change_one(session: Session) -> None:
    session.scalars(select(AuditEntry).limit(1)).one().detail = {}
    session.flush()


def _overwrite(session: Session) -> None:
    """What deletes without a word to those who watch deletions."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(
            text("INSERT OR REPLACE INTO audit_log SELECT id, at, 'cli', action, target, detail FROM audit_log")
        )
    else:
        session.execute(text("TRUNCATE audit_log"))


@pytest.mark.requirement("TRUST terms-1: the database refuses to change or delete entries of the audit log")
@pytest.mark.parametrize("change", [_update, _by_hand, _delete, _change_one, _overwrite])
def test_the_database_refuses_to_change_the_log(log: Database, change: Callable[[Session], None]) -> None:
    with pytest.raises(DatabaseError), log.transaction() as session:
        change(session)
    with log.reading() as session:
        found = session.execute(select(AuditEntry.target, AuditEntry.actor).order_by(AuditEntry.at)).all()
    assert [tuple(row) for row in found] == [(name, "staff:ann@example.com") for name in ("old", "young")]


@pytest.mark.requirement("TRUST terms-1: the database refuses to change or delete entries of the audit log")
def test_old_entries_go_by_one_way_only_which_leaves_an_entry(log: Database) -> None:
    now = datetime.now(UTC)
    with pytest.raises(Problem, match="365 days"), log.transaction() as session:
        audit.forget_before(session, now - timedelta(days=364), actor="cli", now=now)
    with pytest.raises(DatabaseError), log.transaction() as session:
        # A clock that somebody set forward does not help: the database has its own.
        later = now + timedelta(days=4000)
        audit.forget_before(session, now + timedelta(days=1), actor="cli", now=later)
    with log.transaction() as session:
        assert audit.forget_before(session, now - timedelta(days=366), actor="cli", now=now) == 1
        assert audit.forget_before(session, now - timedelta(days=366), actor="cli", now=now) == 0
    with log.reading() as session:
        assert set(session.scalars(select(AuditEntry.action))) == {"comment.read", "audit.forgotten"}


@pytest.mark.requirement("TRUST terms-1: the database refuses to change or delete entries of the audit log")
def test_a_restored_backup_refuses_too(
    services: Services, feedback: Callable[..., tuple[int, str, str]], elsewhere: Callable[[], object], tmp_path: Path
) -> None:
    with services.database.transaction() as session:
        entry(session, datetime.now(UTC))
    file = tmp_path / "one.backup"
    assert feedback("backup", str(file), "--with-secret")[0] == 0
    settings = elsewhere()
    status, _out, told = feedback("restore", str(file))
    assert status == 0, told
    restored = Database(settings.database_url)  # type: ignore[attr-defined]
    try:
        assert count(restored) == 1
        for change in (_update, _overwrite):
            with pytest.raises(DatabaseError), restored.transaction() as session:
                change(session)
        with pytest.raises(DatabaseError), restored.transaction() as session:
            session.execute(delete(AuditEntry))
        assert count(restored) == 1
    finally:
        restored.close()


@pytest.fixture
def acme(world: World) -> World:
    """A partner with both sides, and a comment."""
    world.partner("acme", 20)
    world.seats("acme", people(20), on="2026-08-01")
    world.answers("acme", "end_user", [3, 9, 10], on="2026-11-10")
    say(world, "acme", WROTE)
    return world


@pytest.mark.requirement("TRUST terms-2: who reads comments, takes files away or changes anything is in the audit log")
def test_each_page_with_comments_and_each_file_is_written_down(visitor: Visitor, acme: World) -> None:
    visitor.come_in("admin")
    taken: set[str] = set()
    read: set[str] = set()
    for path in doors(visitor, "GET"):
        before = count(acme.services.database)
        answer = visitor.client.get(path)
        shows, leaves = WROTE.encode() in answer.data, "attachment" in answer.headers.get("Content-Disposition", "")
        answer.close()
        if not shows and not leaves:
            continue
        assert count(acme.services.database) > before, path
        (read if shows else taken).add(path)
    assert len(taken) >= 12
    assert {path.partition(".")[0] for path in read} >= {"/desk/comments", "/desk/partners/acme"}


def _forms() -> Iterator[tuple[str, dict[str, str]]]:
    """Forms that change something, of many pages; the same rule holds for all of them."""
    yield "/desk/settings/partners", {"name": "Bolt", "slug": "bolt"}
    yield "/desk/settings/partners/acme/name", {"name": "Acme & Co"}
    yield "/desk/settings/partners/acme/policy", {"may_ask": "yes", "branding": "own", "lawful_basis": "contract"}
    yield "/desk/settings/partners/acme/promotions", {"day": "2026-11-01", "channel": "mail"}
    yield "/desk/settings/partners/acme/promotions/remove", {"day": "2026-11-01", "channel": "mail"}
    yield "/desk/settings/privacy-notices", {"version": "n1", "locale": "de", "text": "Wir fragen."}
    yield "/desk/settings/attributes", {"name": "country", "values": "DE"}
    yield "/desk/settings/product-releases", {"name": "Offline mode", "day": "2026-10-02"}
    yield "/desk/settings/rates", {"reporting_currency": "EUR"}
    yield "/desk/settings/account/second-factor", {}
    yield "/desk/settings/notices", {"weekday": "1", "hour": "8"}
    yield "/desk/partners/acme/claims", {"words": "All love it", "said_by": "Ada", "said_on": "2026-11-01"}
    yield "/desk/settings/partners/acme/left", {"left": "yes"}


@pytest.mark.requirement("TRUST terms-2: who reads comments, takes files away or changes anything is in the audit log")
def test_each_form_that_changes_something_is_written_down(visitor: Visitor, acme: World) -> None:
    visitor.come_in("admin")
    visitor.get("/desk/settings/account")
    for path, fields in _forms():
        before = count(acme.services.database)
        answer = visitor.post(path, **fields)
        assert answer.status_code < 400, (path, answer.text)
        assert count(acme.services.database) > before, path


@pytest.mark.requirement("TRUST terms-2: who reads comments, takes files away or changes anything is in the audit log")
def test_no_page_behind_the_login_goes_without(visitor: Visitor) -> None:
    app = visitor.client.application
    names = {
        rule.endpoint.rpartition(".")[0]
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/desk") and rule.endpoint != "login.asset"
    }
    assert len(names) > 25
    for name in names:
        assert door._note in app.after_request_funcs[name], name
        assert app.before_request_funcs[name][0] is noting.begin, name


@pytest.mark.requirement("TRUST terms-2: who reads comments, takes files away or changes anything is in the audit log")
def test_what_cannot_be_written_down_does_not_leave(
    visitor: Visitor, acme: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor.come_in("admin")
    assert acme.ids
    assert b"acme" in visitor.client.get("/desk/partners.csv").data

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(audit, "record", full)
    for path in ("/desk/partners.csv", "/desk/comments.csv", "/desk/partners/acme/report.xlsx"):
        answer = visitor.client.get(path)
        assert answer.status_code == 503, path
        assert "attachment" not in answer.headers.get("Content-Disposition", "")
        assert b"acme" not in answer.data


@pytest.mark.requirement("ASVS 16.2.5")
def test_what_was_searched_for_is_not_kept(visitor: Visitor, acme: World, clock: FakeClock) -> None:
    assert clock.now
    visitor.come_in("admin")
    visitor.client.get("/desk/partners.csv?q=Somebody&sort=name")
    with acme.services.database.reading() as session:
        last = session.scalars(select(AuditEntry).where(AuditEntry.action == "file.taken")).one()
    assert (last.actor, last.target) == ("staff:ann@example.com", "/desk/partners.csv")
    assert last.detail == {"sort": "name"}
