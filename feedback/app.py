"""The composition root: settings in, Flask app out."""

import logging

import flask
from sqlalchemy.exc import OperationalError
from werkzeug import Response

from feedback import watched
from feedback.buyers import api as buyers
from feedback.core import traces
from feedback.core.cached import KeptFresh
from feedback.core.services import Services, open_services
from feedback.demo import views as demo
from feedback.desk import (
    account_views,
    audit_views,
    chart_views,
    claim_views,
    comments_views,
    decision_views,
    file_views,
    first_run_views,
    flag_views,
    handed_views,
    handing_views,
    import_upload_views,
    import_views,
    login,
    notices_stop_views,
    notices_views,
    oidc_views,
    partner_views,
    privacy_notice_views,
    product_release_views,
    quality_views,
    released_views,
    renewal_views,
    report_views,
    settings_attributes_views,
    settings_keys_views,
    settings_partner_views,
    settings_partners_views,
    settings_people_views,
    settings_thresholds_views,
    settings_views,
    staff_views,
    survey_change_views,
    survey_edit_views,
    survey_views,
    webhooks_views,
)
from feedback.desk import views as desk
from feedback.flags import api as flags
from feedback.gap import api as gap
from feedback.http import reference
from feedback.http.api import Api
from feedback.http.asgi import InThreads
from feedback.http.auth import Caller
from feedback.http.context import services as current_services
from feedback.http.setup import make_app
from feedback.partners import api as partners
from feedback.partners import api_contracts, api_keys, keys, reports_api, terms_api
from feedback.partners.models import SecretKey
from feedback.partners.quick_doors import QuickDoors
from feedback.privacy import api as rights
from feedback.responses import api as responses
from feedback.responses import embed_api as responses_embed
from feedback.responses import frame, hosted, invitations_api, trial_links
from feedback.responses import terms_api as answer_terms
from feedback.seats import api as seats
from feedback.seats import embed_api as seats_embed
from feedback.seats import embed_check_api
from feedback.seats.pings import end_pings
from feedback.settings import Settings
from feedback.surveys import api as surveys
from feedback.surveys import embed_api as surveys_embed

_LOG = logging.getLogger(__name__)


def create_asgi(
    settings: Settings, services: Services | None = None, *, threads: int = 8, app: flask.Flask | None = None
) -> QuickDoors:
    """The web app as it is served: the busiest doors on the event loop, Flask in so many threads behind it.

    `app`: of `create_app`, where it is there already.
    """
    services = services or open_services(settings)
    doors = (*responses_embed.QUICK, *seats_embed.QUICK)
    fresh = KeptFresh(services.database)

    def at_end() -> None:
        fresh.end()
        end_pings(services)

    app = app or create_app(settings, services)
    behind = InThreads(app.wsgi_app, threads, fresh.start, at_end)
    return QuickDoors(behind, doors, services)


def create_app(settings: Settings, services: Services | None = None) -> flask.Flask:
    """All doors and pages. Opens no connection; `services` are built from `settings` unless given."""
    traces.configure(settings.watching, "web")
    services = services or open_services(settings)
    app, api = make_app(services, look_up_key)
    _register_doors(api)
    reference.register(app, api)
    for blueprint in _pages():
        app.register_blueprint(blueprint)
    watched.register(app, services)
    app.add_url_rule("/", view_func=home)
    return app


def _pages() -> tuple[flask.Blueprint, ...]:
    """What people open, apart from the reference of the API."""
    return (
        demo.blueprint,
        trial_links.page,
        login.blueprint,
        oidc_views.blueprint,
        desk.blueprint,
        partner_views.blueprint,
        claim_views.blueprint,
        flag_views.blueprint,
        decision_views.blueprint,
        comments_views.blueprint,
        renewal_views.blueprint,
        report_views.blueprint,
        file_views.blueprint,
        released_views.blueprint,
        handing_views.blueprint,
        handed_views.blueprint,
        chart_views.blueprint,
        settings_views.blueprint,
        notices_views.blueprint,
        notices_stop_views.blueprint,
        webhooks_views.blueprint,
        survey_views.blueprint,
        survey_change_views.blueprint,
        survey_edit_views.blueprint,
        staff_views.blueprint,
        audit_views.blueprint,
        account_views.blueprint,
        settings_partners_views.blueprint,
        settings_partner_views.blueprint,
        settings_keys_views.blueprint,
        settings_people_views.blueprint,
        settings_attributes_views.blueprint,
        settings_thresholds_views.blueprint,
        product_release_views.blueprint,
        privacy_notice_views.blueprint,
        import_views.blueprint,
        import_upload_views.blueprint,
        quality_views.blueprint,
        first_run_views.blueprint,
    )


def _register_doors(api: Api) -> None:
    """Each domain's routes, in the order in which the reference shows them."""
    for blueprint in (
        gap.blueprint,
        flags.blueprint,
        partners.blueprint,
        api_contracts.blueprint,
        terms_api.blueprint,
        seats.blueprint,
        buyers.blueprint,
        responses.blueprint,
        answer_terms.blueprint,
        surveys.blueprint,
        invitations_api.blueprint,
        api_keys.blueprint,
        embed_check_api.blueprint,
        surveys_embed.scripts,
        surveys_embed.blueprint,
        frame.blueprint,
        responses_embed.blueprint,
        seats_embed.blueprint,
        hosted.page,
        hosted.doors,
        reports_api.blueprint,
        rights.blueprint,
    ):
        api.register_blueprint(blueprint)


def look_up_key(key_text: str) -> Caller:
    """Whose secret key this is; remembers, at most once a minute, that it was used. Raises KEY_REFUSED."""
    here = current_services()
    now = here.clock()
    with here.database.reading() as session:
        row = keys.secret_key(session, key_text)
    if keys.needs_mark(row, now=now):
        try:
            with here.database.transaction() as session:
                session.get_one(SecretKey, row.id).last_used_at = now
        except OperationalError:
            # A full disk must not keep anybody from reading.
            _LOG.warning("could not mark the secret key %s as used", row.id, exc_info=True)
    return Caller(row.id, frozenset(row.scopes), row.live)


def home() -> Response:
    """Staff start at the desk."""
    return flask.redirect("/desk")
