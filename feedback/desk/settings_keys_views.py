"""Keys in the settings: what there is, a new one, a second one beside it, and an end. Secrets are shown once."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import flask
from sqlalchemy.orm import Session

from feedback.desk import door, settings_form, settings_keys
from feedback.desk.form import text
from feedback.desk.settings_form import NOTHING, Tried
from feedback.gap import words
from feedback.http.context import services
from feedback.partners import keys, queries
from feedback.partners.key_schemas import ALGORITHMS, NewEmbedKeySchema, NewSecretKeySchema, NewSigningKeySchema
from feedback.partners.rotation import Second, second
from feedback.partners.sightings import last_seen
from feedback.staff.audit import record

blueprint = door.behind_login("desk_settings_keys")
blueprint.before_request(door.admins_only)

_ALL: Mapping[str, Callable[[Session], Sequence[keys.AnyKey]]] = {
    "embed": keys.all_embed_keys,
    "secret": keys.all_secret_keys,
    "signing": keys.all_signing_keys,
}
_EMBED, _SECRET, _SIGNING = NewEmbedKeySchema(), NewSecretKeySchema(), NewSigningKeySchema()


@blueprint.get("/desk/settings/keys", defaults={"kind": "embed"})
@blueprint.get("/desk/settings/keys/<any(secret, signing):kind>")
def page(kind: str) -> flask.typing.ResponseReturnValue:
    """The keys of one kind, and a form for a new one."""
    return _page(kind, NOTHING)


@blueprint.post("/desk/settings/keys", defaults={"kind": "embed"})
@blueprint.post("/desk/settings/keys/<any(secret, signing):kind>")
def make(kind: str) -> flask.typing.ResponseReturnValue:
    """A new key; what is secret of it stands in this answer and nowhere else."""
    here = services()
    try:
        with here.database.transaction() as session:
            made, detail = _MAKE[kind](session)
            record(session, flask.g.viewer.actor, f"{kind}_key.created", made.identifier, detail, here.clock())
    except settings_form.REFUSALS as error:
        return _page(kind, settings_form.refused("new", error))
    return _page(kind, NOTHING, made)


@blueprint.post("/desk/settings/keys/<any(embed, secret, signing):kind>/<identifier>/second")
def rotate(kind: str, identifier: str) -> flask.typing.ResponseReturnValue:
    """Another key that may do what this one may; both are in use. Raises NOT_FOUND, CONFLICT."""
    here = services()
    with here.database.transaction() as session:
        made = second(session, settings_keys.KINDS[kind], identifier, vault=here.secrets.vault, now=here.clock())
        record(
            session, flask.g.viewer.actor, f"{kind}_key.created", made.identifier, {"beside": identifier}, here.clock()
        )
    return _page(kind, NOTHING, made)


@blueprint.post("/desk/settings/keys/<any(embed, secret, signing):kind>/<identifier>/revoke")
def revoke(kind: str, identifier: str) -> flask.typing.ResponseReturnValue:
    """A key is used no more, at once. Raises NOT_FOUND."""
    here = services()
    with here.database.transaction() as session:
        keys.revoke(session, identifier, now=here.clock(), kind=settings_keys.KINDS[kind])
        record(session, flask.g.viewer.actor, f"{kind}_key.revoked", identifier, {}, here.clock())
    return flask.redirect(settings_keys.PATHS[kind], 303)


def _page(kind: str, tried: Tried, made: Second | None = None) -> flask.typing.ResponseReturnValue:
    asked = settings_keys.read(kind, flask.request.args)
    here = services()
    with here.database.reading() as session:
        slugs = queries.slugs(session)
        rows = _ALL[kind](session)
        seen = last_seen(session) if kind == "embed" else {}
    shown = flask.render_template(
        "desk/settings_keys.html",
        kind=kind,
        address=asked,
        page=settings_keys.page(rows, asked, slugs, seen),
        any=bool(rows),
        partners=[(slug, slug) for slug in sorted(slugs.values())],
        made=made,
        public_url=here.settings.public_url,
        tried=tried,
        KINDS=settings_keys.WORDS,
        PATHS=settings_keys.PATHS,
        SCOPES=keys.SECRET_SCOPES,
        ALGORITHMS=[(one, one) for one in ALGORITHMS],
        words=words,
    )
    response = flask.make_response(shown, tried.status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _make_embed(session: Session) -> tuple[Second, dict[str, Any]]:
    origins = [line.strip() for line in text("origins").splitlines() if line.strip()]
    new = _EMBED.load({"name": text("name"), "origins": origins, "partner": text("partner") or None, "live": _live()})
    partner_id = None if new.partner is None else queries.partner_by_slug(session, new.partner).id
    now = services().clock()
    row = keys.create_embed_key(session, new.name, new.origins, partner_id=partner_id, live=new.live, now=now)
    return Second(row, row.key, None), {"partner": new.partner, "origins": row.origins, "live": row.live}


def _make_secret(session: Session) -> tuple[Second, dict[str, Any]]:
    new = _SECRET.load({"name": text("name"), "scopes": flask.request.form.getlist("scopes"), "live": _live()})
    row, secret = keys.create_secret_key(session, new.name, new.scopes, live=new.live, now=services().clock())
    return Second(row, row.id, secret), {"scopes": row.scopes, "live": row.live}


def _make_signing(session: Session) -> tuple[Second, dict[str, Any]]:
    given = {name: text(name) or None for name in ("partner", "public_key_pem")}
    new = _SIGNING.load({"name": text("name"), "algorithm": text("algorithm"), **given})
    made = keys.create_signing_key(
        session,
        new.name,
        new.algorithm,
        partner_id=None if new.partner is None else queries.partner_by_slug(session, new.partner).id,
        public_key_pem=new.public_key_pem,
        vault=services().secrets.vault,
        now=services().clock(),
    )
    return Second(made.row, made.row.kid, made.secret), {"partner": new.partner, "algorithm": new.algorithm}


def _live() -> bool:
    return text("live") != "no"


_MAKE = {"embed": _make_embed, "secret": _make_secret, "signing": _make_signing}
