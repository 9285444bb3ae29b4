"""The page at /demo: plays a partner's portal, at another origin than the vendor's, with the real embed in it."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit, urlunsplit
from zlib import crc32

import flask
from cryptography.fernet import Fernet
from joserfc import jwt
from joserfc.jwk import OctKey

from feedback.core.errors import Code, Problem
from feedback.core.ids import random_text
from feedback.core.preferences import in_force
from feedback.demo import keys, portal
from feedback.demo.cast import BY_SLUG
from feedback.demo.surveys import END_USER_SURVEY
from feedback.demo.traits import ATTRIBUTES
from feedback.http.context import now, reading, services
from feedback.partners.keys import clean_origin
from feedback.partners.models import Partner, SigningKey
from feedback.partners.queries import partner_by_slug, partners_by_slug, policy_of
from feedback.seats.tokens import AUDIENCE

blueprint = flask.Blueprint(
    "demo", __name__, template_folder="templates", static_folder="static", static_url_path="/demo/static"
)

_FIRST_PARTNER = "pemberwick"
_TOKEN_LASTS = timedelta(minutes=15)
_LONGEST_PERSON = 60
_OTHER_HOST = {"localhost": "127.0.0.1", "127.0.0.1": "localhost"}


@blueprint.get("/demo")
def page() -> flask.typing.ResponseReturnValue:
    """A partner's portal. `partner`, `person` and `lang` choose whose, who looks at it, and in which language."""
    vendor = clean_origin(services().settings.public_url)
    here = _origin()
    elsewhere = _other_origin(here) if here == vendor else None
    query = flask.request.args
    with reading() as session:
        found = keys.find(session, elsewhere or here)
        if found is None:
            raise Problem(
                Code.NOT_FOUND,
                f"There is no demo world here for {elsewhere or here}. `feedback demo`, run with the same settings as"
                " the service, makes it.",
            )
        if elsewhere:
            return flask.redirect(_with_host(flask.request.url, elsewhere))
        partner = partner_by_slug(session, query.get("partner", _FIRST_PARTNER))
        may_ask = policy_of(session, partner.id).may_ask
        vendor_name = in_force(session, services().settings).vendor_name
        others = sorted(partners_by_slug(session, BY_SLUG).values(), key=lambda one: one.name.casefold())
    person = _person(query.get("person"))
    locale = portal.choose(query.get("lang"), partner.slug)
    text = flask.render_template(
        "demo/page.html",
        words=portal.words(locale),
        locale=locale,
        names=portal.names(),
        vendor_name=vendor_name,
        vendor=vendor,
        here=here,
        partner=partner,
        may_ask=may_ask,
        others=others,
        person=person,
        survey=END_USER_SURVEY,
        embed_key=found.embed_key,
        token=_token(partner, person, found.signing_key, services().secrets.vault, now()),
    )
    response = flask.make_response(text)
    response.headers["Content-Security-Policy"] = _policy(vendor)
    return response


def _policy(vendor: str) -> str:
    """As strict as a partner can be: its own files and, in three places, the vendor's origin."""
    return (
        f"default-src 'none'; script-src 'self' {vendor}; connect-src {vendor}; frame-src {vendor}; style-src 'self';"
        " img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
        " require-trusted-types-for 'script'"
    )


def _token(partner: Partner, person: str, key: SigningKey, vault: Fernet, moment: datetime) -> str:
    """What the partner's backend would get from the vendor's for a person who is signed in."""
    claims = {
        "aud": AUDIENCE,
        "sub": f"demo-page-{person}",
        "partner": partner.slug,
        "iat": int(moment.timestamp()),
        "exp": int((moment + _TOKEN_LASTS).timestamp()),
        "seat": _attributes(person),
    }
    secret = OctKey.import_key(vault.decrypt(key.secret_encrypted or b""))
    return jwt.encode({"alg": key.algorithm, "kid": key.kid}, claims, secret)


def _attributes(person: str) -> dict[str, str]:
    """The same person is always of the same department, site and tenure."""
    return {name: list(values)[crc32(f"{name} {person}".encode()) % len(values)] for name, values in ATTRIBUTES.items()}


def _person(wanted: str | None) -> str:
    """Who looks at the page: the one that is wanted, else somebody who was never there before."""
    if not wanted:
        return f"visitor-{random_text(6)}"
    if len(wanted) > _LONGEST_PERSON or not wanted.isprintable():
        raise Problem(Code.BAD_REQUEST, f"`person` is a name of at most {_LONGEST_PERSON} characters.")
    return wanted


def _origin() -> str:
    return clean_origin(f"{flask.request.scheme}://{flask.request.host}")


def _other_origin(origin: str) -> str | None:
    """The same machine under its other name; None when it has none that we know."""
    host = _OTHER_HOST.get(urlsplit(origin).hostname or "")
    return _with_host(origin, f"//{host}:{urlsplit(origin).port or 80}") if host else None


def _with_host(url: str, origin: str) -> str:
    return urlunsplit(urlsplit(url)._replace(netloc=urlsplit(origin).netloc))
