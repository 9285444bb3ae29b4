"""Two partners full of what must never be told, and everything that the first one can get hold of."""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from feedback.core.ids import new_id
from feedback.core.services import Services
from feedback.decisions import commands as decisions
from feedback.decisions.values import NewClaim
from feedback.partners.keys import create_embed_key
from feedback.partners.models import Partner
from feedback.responses.commands import NewResponse, put_response
from feedback.responses.grants import new_impression
from feedback.seats.callers import Speaker
from feedback.seats.commands import seat_id
from feedback.surveys.queries import survey_by_name, versions_of
from tests import embed
from tests.desk.conftest import Visitor
from tests.embed import ORIGIN
from tests.gap.world import PEPPER, World, people
from tests.responses.links import token_for
from tests.trust.handing import Hand, label, release, tell

MARKED = "MARKED"
DAY, HOUR = "2026-10-17", "07:43:21"
TEAM = "MARKED-TEAM of three"
NOBODYS = "0" * 52


@dataclass(frozen=True, slots=True)
class Ids:
    """What stands in addresses about one partner."""

    slug: str
    key: str
    response: UUID
    impression: UUID
    claim: UUID
    decision: UUID
    link: str


@dataclass
class Hold:
    """One thing that somebody at the partner holds: how it is sent, and which tokens it puts into addresses."""

    name: str
    client: FlaskClient
    headers: Mapping[str, str] = field(default_factory=dict)
    tokens: Mapping[str, str] = field(default_factory=dict)
    """Beginning of a rule to the token in its addresses."""
    form: Mapping[str, str] = field(default_factory=dict)


class Town:
    """Northwind, whose buyer is curious, and Contoso, which is none of its business."""

    def __init__(self, app: flask.Flask, services: Services) -> None:
        self.app, self.services = app, services
        self.embed = embed.make_world(services)
        world = self.world = World(services, {one.slug: one.id for one in (self.embed.partner, self.embed.other)})
        self.needles: list[str] = [MARKED, DAY, HOUR]
        with services.database.transaction() as session:
            other = create_embed_key(
                session, "o", ["https://o.example"], partner_id=world.ids["contoso"], live=True, now=services.clock()
            )
        for slug in world.ids:
            self._people(slug)
        release(world)
        hand = Hand(app.test_client(), services)
        self.page, others = (hand.link(slug).removeprefix("/p/") for slug in ("northwind", "contoso"))
        self.own = self._ids("northwind", self.embed.partner_key, self.page)
        self.other = self._ids("contoso", other.key, others)
        self.link = token_for(services, "anna")

    def _people(self, slug: str) -> None:
        world = self.world
        world.policy(slug, may_share_back=True, may_contact=True)
        world.seats(slug, people(60))
        scores = {person: (3, 8, 10)[place % 3] for place, person in enumerate(people(30))}
        about = {"on": DAY, "comment": f"{MARKED} by one person", "attributes": {"team": "many"}}
        first = world.answers(slug, "end_user", scores, **about)
        world.answers(slug, "end_user", dict.fromkeys(people(3, 30), 0), **{**about, "attributes": {"team": TEAM}})
        world.answers(slug, "buyer", {f"{MARKED}-BUYER": 9}, on=DAY, comment=f"{MARKED} by a buyer")
        world.know_buyers(slug, f"{MARKED}-BUYER")
        label(world, slug, list(first.values())[:12], f"{MARKED}-LABEL")
        tell(world, slug, "Told to partners.")
        for pepper in (PEPPER, self.services.secrets.pepper):
            found = [seat_id(pepper, world.ids[slug], person) for person in (*people(60), "anna", "eve")]
            self.needles += [text for one in found for text in (str(one), one.hex)]

    def _ids(self, slug: str, key: str, page: str) -> Ids:
        services, partner_id = self.services, self.world.ids[slug]
        now, response = services.clock(), new_id()
        anna = seat_id(services.secrets.pepper, partner_id, "anna")
        with services.database.transaction() as session:
            survey = survey_by_name(session, "end-user-nps")
            version = versions_of(session, survey)[-1]
            new = NewResponse(
                partner_id=partner_id,
                id=response,
                survey_id=survey.id,
                survey_version_id=version.id,
                audience="end_user",
                metric="nps",
                respondent_id=anna,
                score=2,
                revision=1,
                complete=True,
                answered_at=datetime.fromisoformat(f"{DAY}T{HOUR}").replace(tzinfo=UTC),
                trust="vendor",
                live=True,
                comment=f"{MARKED} by anna",
            )
            put_response(session, new, now=now)
            partner = session.get_one(Partner, partner_id)
            who = Speaker(partner, partner.id, anna, "anna", "end_user", {}, "vendor", live=True, expired_at=None)
            impression = new_impression(session, who, survey, version, now=now).id
            claim = decisions.add_claim(
                session, partner_id, NewClaim(MARKED, now.date(), f"{MARKED} claim"), actor="cli", now=now
            )
            found = decisions.queries.decisions(session, partner_id)[0]
        return Ids(slug, key, response, impression, claim.id, found.id, page.partition("-")[0])

    def holds(self) -> Iterator[Hold]:
        """Everything that somebody at Northwind can get hold of, and the vendor's account manager."""
        app, world = self.app, self.embed
        pages = {"/p/": self.page}
        yield Hold("nothing", app.test_client())
        yield Hold("its embed key", app.test_client(), {"Origin": ORIGIN})
        bearer = {"Authorization": f"Bearer {world.partner_key}"}
        yield Hold("its embed key as a secret", app.test_client(), bearer)
        for name, token in {
            "a token of anna that it signed": world.token("anna", signed_by="partner"),
            "a token of anna from the vendor": world.token("anna"),
            "a token that it signed for another partner": world.token("anna", signed_by="partner", partner="contoso"),
        }.items():
            yield Hold(name, app.test_client(), world.headers(token))
        yield Hold("the link to its page", app.test_client(), tokens=pages)
        yield Hold("anna's personal link", app.test_client(), tokens={"/s/": self.link, "/v1/invited/": self.link})
        visitor = Visitor(app.test_client(), self.services)
        visitor.come_in("account")
        yield Hold("a session of an account manager", visitor.client, form={"token": visitor.token})

    def address(self, rule: str, hold: Hold, ids: Ids) -> str:
        """An address of the rule about this partner, with the tokens that are held; made-up ones for others."""
        token = next((own for start, own in hold.tokens.items() if rule.startswith(start)), NOBODYS)
        if ids is not self.own and rule.startswith("/p/"):
            # The id of another partner's link, with a signature that is at hand.
            token = f"{ids.link}-{token.partition('-')[2]}"
        named = {
            "slug": ids.slug,
            "partner": ids.slug,
            "key": ids.key,
            "token": token,
            "claim_id": ids.claim,
            "decision_id": ids.decision,
            "response_id": ids.response,
            "response": ids.response,
            "impression": ids.impression,
            "survey": "end-user-nps",
            "external_id": "anna",
            "contract_id": "one",
        }
        path = re.sub(r"<any\(([^,)]*)[^>]*>", lambda found: found[1].strip("'"), rule)
        path = re.sub("<uuid:([^>]*)>", lambda found: str(named.get(found[1], ids.response)), path)
        return re.sub(r"<(?:\w+:)?([^>]*)>", lambda found: str(named.get(found[1], "x")), path)

    def send(self, rule: Rule, method: str, hold: Hold, ids: Ids) -> TestResponse:
        """One request, with a body that fits where we have one."""
        path = self.address(rule.rule, hold, ids)
        if rule.rule.startswith("/v1/"):
            body = None if method in ("GET", "DELETE") else self._body(rule.rule, ids)
            return hold.client.open(path, method=method, headers=hold.headers, json=body)
        form = None if method == "GET" else dict(hold.form)
        return hold.client.open(path, method=method, headers=hold.headers, data=form)

    def _body(self, rule: str, ids: Ids) -> dict[str, object]:
        if rule.endswith("/impressions"):
            return {"survey": "end-user-nps", "version": 1}
        if "/responses/" in rule:
            now = self.services.clock().isoformat()
            said = {"survey": "end-user-nps", "version": 1, "impression": str(ids.impression), "score": 9}
            return {**said, "revision": 1, "complete": True, "answered_at": now}
        return {"state": "shown"} if "/impressions/" in rule else {}

    def found_in(self, response: TestResponse) -> list[str]:
        """What must never be told and yet stands in an answer: body, headers, or a file within."""
        body = response.data
        if body[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(body)) as book:
                body = b"".join(book.read(name) for name in book.namelist())
        return self.among(body.decode(errors="replace") + str(response.headers))

    def among(self, text: str) -> list[str]:
        """Those of the needles that the text holds."""
        return [one for one in self.needles if one in text]
