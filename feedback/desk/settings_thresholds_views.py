"""Thresholds, currency and rates in the settings: what is in force, who says so, and another value."""

from typing import Any

import flask

from feedback.core import preferences
from feedback.desk import door, noting, settings_form
from feedback.desk.form import text
from feedback.desk.settings_form import NOTHING, Tried, whole
from feedback.gap import words
from feedback.http.context import services
from feedback.partners.queries import currencies
from feedback.settings import BOUNDS
from feedback.tallies.preferences import change

blueprint = door.behind_login("desk_settings_thresholds")
blueprint.before_request(settings_form.admins_change)

TRUST = {
    "vendor": "the vendor alone vouches for",
    "vendor,partner": "the vendor or a partner vouches for",
    "vendor,partner,none": "anybody, also whom nobody vouches for",
}
_PERCENT = ("activation_threshold", "retention_threshold")
_EMPTY_LINES = 3


@blueprint.get("/desk/settings/thresholds")
def page() -> flask.typing.ResponseReturnValue:
    """What is in force, and the form to change it."""
    return _thresholds(NOTHING)


@blueprint.post("/desk/settings/thresholds")
@noting.notes_changes
def put() -> flask.typing.ResponseReturnValue:
    """Change what the environment does not fix; an empty field is the default again."""
    here = services()
    wanted: dict[str, Any] = {name: whole(name) for name in BOUNDS}
    wanted["vendor_name"] = text("vendor_name") or None
    wanted["headline_trust"] = text("headline_trust").split(",") if text("headline_trust") else None
    free = {name: value for name, value in wanted.items() if name not in here.settings.fixed}
    try:
        with here.database.transaction() as session:
            change(session, here.settings, free, actor=flask.g.viewer.actor, now=here.clock())
    except settings_form.REFUSALS as error:
        return _thresholds(settings_form.refused("thresholds", error))
    return flask.redirect(flask.url_for("desk_settings_thresholds.page"), 303)


@blueprint.get("/desk/settings/rates")
def rates_page() -> flask.typing.ResponseReturnValue:
    """The reporting currency, the rates, and the currencies of contracts."""
    return _rates(NOTHING)


@blueprint.post("/desk/settings/rates")
@noting.notes_changes
def put_rates() -> flask.typing.ResponseReturnValue:
    """Other rates, all of them; a line without a rate and a day is none."""
    here, form = services(), flask.request.form
    lines = zip(form.getlist("currency"), form.getlist("rate"), form.getlist("day"), strict=False)
    rates = [
        {"currency": currency.strip(), "rate": rate.strip(), "day": day.strip()}
        for currency, rate, day in lines
        if rate.strip() or (day.strip() and currency.strip())
    ]
    wanted = {"reporting_currency": text("reporting_currency") or None, "exchange_rates": rates or None}
    try:
        with here.database.transaction() as session:
            change(session, here.settings, wanted, actor=flask.g.viewer.actor, now=here.clock())
    except settings_form.REFUSALS as error:
        return _rates(settings_form.refused("rates", error))
    return flask.redirect(flask.url_for("desk_settings_thresholds.rates_page"), 303)


def _thresholds(tried: Tried) -> flask.typing.ResponseReturnValue:
    here = services()
    with here.database.reading() as session:
        standing = preferences.standings(session, here.settings)
    shown = {name: _shown(name, one.value) for name, one in standing.items()}
    return flask.render_template(
        "desk/settings_thresholds.html",
        standing=standing,
        shown=shown,
        defaults={name: _shown(name, preferences.default(name)) for name in BOUNDS},
        BOUNDS=BOUNDS,
        TRUST=TRUST,
        tried=tried,
        words=words,
    ), tried.status


def _rates(tried: Tried) -> flask.typing.ResponseReturnValue:
    here = services()
    with here.database.reading() as session:
        standing = preferences.standings(session, here.settings)
        used = currencies(session)
    own, rates = standing["reporting_currency"].value, standing["exchange_rates"].value
    if tried.form:
        names = ("currency", "rate", "day")
        lines = list(zip(*(tried.typed.getlist(name) for name in names), strict=False))
    else:
        lines = [(one.currency, format(one.rate, "f"), one.day.isoformat()) for one in rates]
        missing = [one for one in used if one != own and one not in {rate.currency for rate in rates}]
        lines += [(one, "", "") for one in missing] + [("", "", "")] * _EMPTY_LINES
    return flask.render_template(
        "desk/settings_rates.html",
        own=own,
        rates=rates,
        standing=standing,
        lines=lines,
        used=used,
        tried=tried,
        words=words,
    ), tried.status


def _shown(name: str, value: Any) -> str:
    if name in _PERCENT:
        return str(round(100 * value))
    return ",".join(one for one in ("vendor", "partner", "none") if one in value) if name == "headline_trust" else value
