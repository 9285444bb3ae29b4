"""Keys in the settings: made, shown once, exchanged and revoked, by admins alone."""

import re

import pytest
from sqlalchemy import select

from feedback.core.errors import Problem
from feedback.core.ids import new_id
from feedback.partners import keys, sightings
from feedback.partners.models import EmbedKey, SigningKey
from feedback.staff.models import AuditEntry
from tests.desk.conftest import Visitor
from tests.desk.reading import statements, text
from tests.gap.world import World

DATABASES = ("sqlite",)

EMBED, SECRET, SIGNING = "/desk/settings/keys", "/desk/settings/keys/secret", "/desk/settings/keys/signing"
NEW = {
    EMBED: {"name": "Our app", "origins": "https://app.example.com\r\nhttps://b.example.com", "partner": ""},
    SECRET: {"name": "CRM", "scopes": "read", "live": "yes"},
    SIGNING: {"name": "Portal", "algorithm": "HS256", "partner": "acme", "public_key_pem": ""},
}
NAUGHTY = "<script>alert('x')</script>"


@pytest.fixture
def acme(visitor: Visitor, world: World) -> World:
    """A partner, and an admin at the keys."""
    world.partner("acme", 20, name="Acme")
    visitor.come_in("admin")
    visitor.get(EMBED)
    return world


def audited(world: World) -> list[tuple[str, str]]:
    """Actions and targets about keys, oldest first."""
    with world.services.database.reading() as session:
        wanted = select(AuditEntry.action, AuditEntry.target).where(AuditEntry.action.contains("_key."))
        return [(action, target) for action, target in session.execute(wanted.order_by(AuditEntry.id))]


def shown_once(page: str) -> str:
    """What stands in the frame of a new key."""
    return text(page.split('class="once"')[1].split("</div>", maxsplit=1)[0])


def test_a_secret_key_is_shown_once_and_works(visitor: Visitor, acme: World) -> None:
    made = visitor.post(SECRET, **NEW[SECRET])
    assert made.status_code == 200
    assert made.headers["Cache-Control"] == "no-store"
    (secret,) = re.findall(r"fb_sk_live_\w+", shown_once(made.text))
    with acme.services.database.reading() as session:
        row = keys.secret_key(session, secret)
    assert row.scopes == ["read"]
    assert secret not in visitor.get(SECRET).text
    assert audited(acme) == [("secret_key.created", row.id)]


def test_a_second_key_may_do_the_same_until_the_first_is_revoked(visitor: Visitor, acme: World) -> None:
    visitor.post(SECRET, **NEW[SECRET])
    first = audited(acme)[0][1]
    made = visitor.post(f"{SECRET}/{first}/second")
    (secret,) = re.findall(r"fb_sk_live_\w+", shown_once(made.text))
    assert visitor.post(f"{SECRET}/{first}/revoke").headers["Location"] == SECRET
    with acme.services.database.reading() as session:
        row = keys.secret_key(session, secret)
        (one,) = [one for one in keys.all_secret_keys(session) if one.id == first]
    assert (row.name, row.scopes, row.revoked_at) == ("CRM", ["read"], None)
    assert one.revoked_at is not None
    assert first not in visitor.get(SECRET).text
    assert "revoked 15 Nov 2026" in text(visitor.get(f"{SECRET}?revoked=yes").text)
    assert visitor.post(f"{SECRET}/{first}/second").status_code == 409
    assert audited(acme)[1:] == [("secret_key.created", row.id), ("secret_key.revoked", first)]


def test_an_embed_key_takes_origins_one_a_line_and_tells_when_pages_were_seen(visitor: Visitor, acme: World) -> None:
    made = visitor.post(EMBED, **{**NEW[EMBED], "partner": "acme", "name": NAUGHTY})
    assert NAUGHTY not in made.text
    (key,) = re.findall(r"fb_pk_live_\w+", shown_once(made.text))
    with acme.services.database.reading() as session:
        row = keys.embed_key(session, key)
    assert row.origins == ["https://app.example.com", "https://b.example.com"]
    page = text(visitor.get(EMBED).text)
    assert "15 Nov 2026 never" in page
    assert "Pages of https://app.example.com, https://b.example.com that carry this key show nothing any more" in page
    seen = sightings.Sighting(key, acme.ids["acme"], "https://app.example.com", sightings.LOADED)
    sightings.keep(acme.services.database, [seen], now=acme.services.clock())
    assert ">never</span>" not in visitor.get(f"{EMBED}?q=acme").text
    visitor.post(f"{EMBED}/embed/{key}/second")
    assert "2 embed keys" in text(visitor.get("/desk/settings/partners/acme").text)


@pytest.mark.usefixtures("acme")
def test_what_breaks_says_whether_anybody_else_signs(visitor: Visitor) -> None:
    made = shown_once(visitor.post(SIGNING, **NEW[SIGNING]).text)
    kid = re.search(r"kid (\w+)", made)
    assert kid is not None
    assert "nobody else signs for acme" in text(visitor.get(SIGNING).text)
    second = shown_once(visitor.post(f"{SIGNING}/{kid[1]}/second").text)
    assert "Keep this now" in second
    assert "acme has another key in use, which goes on" in text(visitor.get(SIGNING).text)


def test_an_es256_key_keeps_its_private_half_with_you(visitor: Visitor, acme: World) -> None:
    refused = visitor.post(SIGNING, **{**NEW[SIGNING], "algorithm": "ES256", "public_key_pem": "not a key"})
    assert refused.status_code == 422
    assert "is not a PEM public key" in text(refused.text)
    assert ">not a key</textarea>" in refused.text
    assert audited(acme) == []


@pytest.mark.parametrize(
    ("path", "fields", "said"),
    [
        (EMBED, {"origins": "nowhere"}, "is not an origin"),
        (EMBED, {"origins": ""}, "Must be filled in."),
        (EMBED, {"name": ""}, "Must be filled in."),
        (SECRET, {"scopes": "everything"}, "Must be one of: read, write, admin."),
    ],
)
def test_a_key_that_does_not_fit_is_not_made(
    visitor: Visitor, acme: World, path: str, fields: dict[str, str], said: str
) -> None:
    done = visitor.post(path, **{**NEW[path], **fields})
    assert done.status_code == 422
    assert said in text(done.text)
    assert audited(acme) == []


@pytest.mark.parametrize("role", ["researcher", "analyst", "account"])
def test_nobody_but_admins_opens_or_changes_keys(visitor: Visitor, role: str) -> None:
    visitor.come_in(role)
    for path, fields in NEW.items():
        assert visitor.get(path).status_code == 403
        assert visitor.post(path, **fields).status_code == 403
    assert visitor.post(f"{SECRET}/abc/revoke").status_code == 403


def test_forged_forms_and_unknown_keys_change_nothing(visitor: Visitor, acme: World) -> None:
    for path, fields in NEW.items():
        assert visitor.post(path, **{**fields, "token": "forged"}).status_code == 403
    for path in (f"{EMBED}/embed", SECRET, SIGNING):
        assert visitor.post(f"{path}/nokey/second").status_code == 404
        assert visitor.post(f"{path}/nokey/revoke").status_code == 404
    visitor.post(SECRET, **NEW[SECRET])
    secret = audited(acme)[0][1]
    assert visitor.post(f"{SIGNING}/{secret}/revoke").status_code == 404, "of another kind"


def test_many_keys_come_in_pages_with_few_statements(visitor: Visitor, acme: World) -> None:
    few = [statements(visitor, path) for path in NEW]
    now = acme.services.clock()
    with acme.services.database.transaction() as session:
        for number in range(60):
            keys.create_embed_key(session, f"k{number}", ["https://a.example"], partner_id=None, live=True, now=now)
            session.add(SigningKey(kid=str(new_id()), name="k", algorithm="ES256", public_key_pem="x", created_at=now))
        assert len(session.scalars(select(EmbedKey)).all()) == 60
    assert [statements(visitor, path) for path in NEW] == few
    assert "60 keys, page 1 of 2" in text(visitor.get(EMBED).text)
    assert "page 2 of 2" in text(visitor.get(f"{SIGNING}?page=9").text)


def test_a_revoked_key_is_refused_at_once(visitor: Visitor, acme: World) -> None:
    (key,) = re.findall(r"fb_pk_live_\w+", shown_once(visitor.post(EMBED, **NEW[EMBED]).text))
    visitor.post(f"{EMBED}/embed/{key}/revoke")
    with acme.services.database.reading() as session, pytest.raises(Problem):
        keys.embed_key(session, key)
