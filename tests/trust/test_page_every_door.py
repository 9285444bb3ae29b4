"""Every route of the app, with everything that somebody at a partner can hold, about it and about another partner."""

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import UUID

import flask
import pytest
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from feedback.app import create_app
from feedback.core.ids import new_id
from feedback.core.services import Services
from feedback.responses.models import Response
from feedback.watching_settings import Watching
from tests.said import said as log  # noqa: F401 - a fixture
from tests.trust.partners_hands import Hold, Ids, Town

DATABASES = ("sqlite",)
_ORDER = {"GET": 0, "PATCH": 1, "POST": 1, "PUT": 2, "DELETE": 4}
"""What takes something away comes last: it must be there to be found by the others."""
_ACCOUNT = "a session of an account manager"
_PUBLIC = {"/docs", "/docs/reference.css", "/embed.js", "/healthz", "/login", "/openapi.json", "/readyz"}
_EMBED = re.compile("/v1/embed/<key>/(config|frame|activity|reports|objection|impressions.*|responses.*)")
"""Whoever knows the public key of a page may ask and answer there, as nobody or as who the token says."""
_MORE = {
    "the link to its page": re.compile("/p/<token>.*"),
    "anna's personal link": re.compile("(/s/<token>|/v1/invited/<token>/.*)"),
    _ACCOUNT: re.compile("/desk/(released(.csv|.xlsx|/<slug>)?|settings/(account.*|notices.*))"),
}
"""What else answers with something."""


def routes(app: flask.Flask) -> list[tuple[Rule, str]]:
    """Every route with each of its methods."""
    found = [(rule, method) for rule in app.url_map.iter_rules() for method in (rule.methods or ()) if method in _ORDER]
    return sorted(found, key=lambda one: (_ORDER[one[1]] + 2 * ("objection" in one[0].rule), one[0].rule))


def walk(town: Town, hold: Hold, wanted: Callable[[Rule], bool] = lambda _: True) -> Iterator[str]:
    """What is wrong: something told, a door open that is not listed, other partner's ids answered unlike nobody's."""
    other = replace(town.other, key=town.own.key)
    nobody = Ids("nobody", town.own.key, *(new_id() for _ in range(4)), link=new_id().hex)
    for rule, method in routes(town.app):
        if not wanted(rule):
            continue
        answers = {}
        for whose, ids in (("own", town.own), ("other", other), ("nobody", nobody)):
            if whose != "own" and town.address(rule.rule, hold, ids) == town.address(rule.rule, hold, town.own):
                continue
            with town.send(rule, method, hold, ids) as response:
                where = f"{hold.name}: {method} {rule.rule} ({whose}) {response.status_code}"
                if found := town.found_in(response):
                    yield f"{where} tells {found}"
                if response.status_code >= 500 and response.status_code != 503:
                    yield f"{where} fails"
                if 200 <= response.status_code < 300 and not _may(hold, rule.rule):
                    yield f"{where} is open"
                answers[whose] = told(response, ids)
        if answers.get("other") != answers.get("nobody") and not (hold.name == _ACCOUNT and "released" in rule.rule):
            yield f"{hold.name}: {method} {rule.rule} knows another partner's ids: {answers}"


def _may(hold: Hold, rule: str) -> bool:
    more = _MORE.get(hold.name)
    return rule in _PUBLIC or bool(_EMBED.fullmatch(rule)) or (more is not None and bool(more.fullmatch(rule)))


def told(response: TestResponse, ids: Ids) -> tuple[int, str]:
    """Status and body, but for what stood in the address."""
    body = re.sub(r'"request_id": ?"[^"]*"', "", response.data.decode(errors="replace"))
    body = re.sub(r"name=\"token\" value=\"[^\"]*\"", "", body)
    for one in (ids.slug, *(str(one) for one in (ids.response, ids.impression, ids.claim, ids.decision)), ids.link):
        body = body.replace(one, "*")
    return response.status_code, body


@pytest.fixture
def town(services: Services) -> Town:
    """Two partners, and an app that logs every request."""
    settings = replace(services.settings, watching=Watching(access_log=True))
    services = replace(services, settings=settings)
    return Town(create_app(settings, services), services)


@pytest.mark.requirement("TRUST blind-buyer-1: partner credentials reach metadata and released aggregates only")
@pytest.mark.requirement("ASVS 8.2.2")
@pytest.mark.requirement("ASVS 8.2.3")
@pytest.mark.requirement("ASVS 14.2.1")
def test_nothing_that_a_partner_holds_opens_what_people_said(town: Town, log: io.StringIO) -> None:  # noqa: F811
    holds = list(town.holds())
    assert len(holds) == 9 and len(routes(town.app)) > 200
    # Before anything is taken back: browsers report what a policy blocked from wherever it was, and nothing else opens.
    assert {one for hold in holds for one in _elsewhere(town, hold)} == {("/v1/embed/<key>/reports", 204)}
    wrong = [one for hold in holds for one in walk(town, hold)]
    assert wrong == []
    lines = log.getvalue()
    assert lines.count('"event": "request"') > 3000
    assert town.among(lines) == []
    for secret in (town.page, town.link, town.own.key, town.embed.partner_secret):
        assert secret not in lines
    # Nothing was done to what another partner's people said, and here only to what anna's own token stands for.
    assert comments(town, "contoso") == 35
    assert comments(town, "northwind") == 34


def _elsewhere(town: Town, hold: Hold) -> Iterator[tuple[str, int]]:
    """What does not refuse a page of one partner at the doors of another."""
    there = replace(town.own, key=town.other.key)
    for rule, method in routes(town.app):
        if "Origin" in hold.headers and rule.rule.startswith("/v1/embed/<key>/"):
            with town.send(rule, method, hold, there) as response:
                if response.status_code not in (401, 403):
                    yield rule.rule, response.status_code


def comments(town: Town, slug: str) -> int:
    """How many answers of a partner's people and buyers still have their comment."""
    own = Response.partner_id == town.world.ids[slug], Response.comment.like("MARKED%")
    with town.services.database.reading() as session:
        return len(session.scalars(select(Response.id).where(*own)).all())


def test_the_walk_finds_a_route_that_tells(town: Town) -> None:
    app, nothing, leaks = town.app, next(town.holds()), ("body", "header", "open", "oracle")

    def route(leak: str) -> None:
        @app.get(f"/v1/partners/<slug:partner>/<uuid:response>/{leak}", endpoint=leak)
        def tell(partner: str, response: UUID) -> flask.typing.ResponseReturnValue:  # noqa: ARG001
            if leak == "oracle":
                return ("no", 403 if partner in town.world.ids else 404)
            headers = {"X-Leak": "MARKED"} if leak == "header" else {}
            return ("MARKED by one person" if leak == "body" else "ok", 200 if leak == "open" else 404, headers)

    for one in leaks:
        route(one)
    for one in leaks:
        wrong = list(walk(town, nothing, lambda rule, one=one: rule.endpoint == one))  # type: ignore[misc]
        assert wrong and all(f"/{one}" in line for line in wrong), one
