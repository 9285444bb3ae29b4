"""One partner in the settings: name, contracts, promotions and policy, by the commands that the API uses."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import flask
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.desk import door, noting, settings_form
from feedback.desk.form import day, text
from feedback.desk.settings_form import NOTHING, Tried, texts, whole
from feedback.desk.settings_partner_page import CONTRACT_DAYS, POLICY_FLAGS, POLICY_TEXTS, arrange
from feedback.http.context import services
from feedback.partners import commands, queries
from feedback.partners.models import Contract, Partner
from feedback.partners.schemas import NewContractSchema, PartnerChangeSchema, PolicySchema, PromotionSchema
from feedback.staff.audit import record

blueprint = door.behind_login("desk_settings_partner")
blueprint.before_request(settings_form.admins_change)

_CHANGE, _CONTRACT, _PROMOTION, _POLICY = PartnerChangeSchema(), NewContractSchema(), PromotionSchema(), PolicySchema()
_LONGEST_ID = 200
Does = Callable[[Session, Partner], tuple[str, dict[str, Any]] | None]
"""What a form does; the action and detail for the audit log, or None where nothing was to be done."""


@blueprint.get("/desk/settings/partners/<slug:slug>")
def page(slug: str) -> flask.typing.ResponseReturnValue:
    """One partner; `contract` in the address chooses which one the form changes. Raises PARTNER_UNKNOWN."""
    return _page(slug, NOTHING)


@blueprint.post("/desk/settings/partners/<slug:slug>/name")
def rename(slug: str) -> flask.typing.ResponseReturnValue:
    """Another name; the slug stays."""

    def do(_session: Session, partner: Partner) -> tuple[str, dict[str, Any]]:
        change = _CHANGE.load({"name": text("name")})
        commands.change_partner(partner, name=change.name, left=None, now=services().clock())
        return "partner.changed", {"name": change.name, "left": None, "policy": []}

    return _does(slug, "name", do)


@blueprint.post("/desk/settings/partners/<slug:slug>/left")
def leave(slug: str) -> flask.typing.ResponseReturnValue:
    """The partner has left, from now; or is back."""
    left = text("left") == "yes"

    def do(_session: Session, partner: Partner) -> tuple[str, dict[str, Any]]:
        commands.change_partner(partner, name=None, left=left, now=services().clock())
        return "partner.changed", {"name": None, "left": left, "policy": []}

    return _does(slug, "left", do)


@blueprint.post("/desk/settings/partners/<slug:slug>/contract")
def put_contract(slug: str) -> flask.typing.ResponseReturnValue:
    """A new contract, or a standing one whole (`standing`: its id)."""
    standing = flask.request.form.get("standing", "")
    contract_id = standing or text("contract_id")

    def do(session: Session, partner: Partner) -> tuple[str, dict[str, Any]]:
        known = session.get(Contract, (partner.id, contract_id)) is not None
        if standing and not known:
            raise Problem(Code.NOT_FOUND, "There is no such contract (any more).")
        if not standing:
            _require_new_id(contract_id, known=known)
        terms = _CONTRACT.load(_contract_fields()).terms(partner.id, contract_id)
        commands.put_contracts(session, [terms], now=services().clock())
        return "contract.recorded", {"contract_id": contract_id, "outcome": terms.outcome}

    return _does(slug, "contract", do, part="contracts")


@blueprint.post("/desk/settings/partners/<slug:slug>/promotions")
def put_promotion(slug: str) -> flask.typing.ResponseReturnValue:
    """That the partner told its people."""

    def do(session: Session, partner: Partner) -> tuple[str, dict[str, Any]]:
        given = _PROMOTION.load({**texts("day", "channel", "note"), "reach": whole("reach")})
        new = commands.NewPromotion(partner.id, **given)
        commands.put_promotions(session, [new])
        return "promotion.recorded", {"day": new.day.isoformat(), "channel": new.channel}

    return _does(slug, "promotion", do, part="promotions")


@blueprint.post("/desk/settings/partners/<slug:slug>/promotions/remove")
def remove_promotion(slug: str) -> flask.typing.ResponseReturnValue:
    """Take back that it did. Raises NOT_FOUND."""
    told_on, channel = day("day"), flask.request.form.get("channel", "")

    def do(session: Session, partner: Partner) -> tuple[str, dict[str, Any]]:
        commands.remove_promotion(session, partner.id, told_on, channel)
        return "promotion.removed", {"day": told_on.isoformat(), "channel": channel}

    return _does(slug, "promotions", do, part="promotions")


@blueprint.post("/desk/settings/partners/<slug:slug>/policy")
@noting.notes_changes
def record_policy(slug: str) -> flask.typing.ResponseReturnValue:
    """What the partner allows from now on, all of it; what held before stays on record."""

    def do(session: Session, partner: Partner) -> tuple[str, dict[str, Any]] | None:
        ticked = {name: name in flask.request.form for name in POLICY_FLAGS}
        given = _POLICY.load({**texts(*POLICY_TEXTS), **ticked, "branding": text("branding")})
        standing = queries.policy_of(session, partner.id)
        before = queries.terms_of(session, partner.id)
        after = replace(before, **given)
        if after == before and not isinstance(standing, commands.PolicyTerms):
            return None
        commands.record_policy(session, partner.id, after, now=services().clock())
        changed = sorted(name for name in given if getattr(before, name) != given[name])
        return "partner.changed", {"name": None, "left": None, "policy": changed}

    return _does(slug, "policy", do, part="policy")


def _does(slug: str, form: str, do: Does, *, part: str = "") -> flask.typing.ResponseReturnValue:
    """Do what a form says, with its line in the audit log; back to that part of the page, or say what does not fit."""
    here = services()
    try:
        with here.database.transaction() as session:
            done = do(session, queries.partner_by_slug(session, slug))
            if done is not None:
                record(session, flask.g.viewer.actor, done[0], slug, done[1], here.clock())
    except settings_form.REFUSALS as error:
        return _page(slug, settings_form.refused(form, error))
    return flask.redirect(flask.url_for("desk_settings_partner.page", slug=slug, _anchor=part or None), 303)


def _page(slug: str, tried: Tried) -> flask.typing.ResponseReturnValue:
    chosen = tried.typed.get("standing", "") or flask.request.args.get("contract", "")
    with services().database.reading() as session:
        shown = arrange(session, slug, chosen, today=services().clock().date())
    return flask.render_template("desk/settings_partner.html", **shown, tried=tried), tried.status


def _contract_fields() -> dict[str, Any]:
    numbers = {name: whole(name) for name in ("licences", "renewed_licences")}
    return {**texts(*CONTRACT_DAYS, "yearly_value", "renewed_value", "currency", "outcome"), **numbers}


def _require_new_id(contract_id: str, *, known: bool) -> None:
    if known:
        what = "There is a contract with this id already: change it in the list."
    elif not contract_id or len(contract_id) > _LONGEST_ID or not contract_id.isprintable():
        what = f"An id has 1 to {_LONGEST_ID} characters."
    else:
        return
    raise Problem(Code.INVALID, what, errors={"contract_id": [what]})
