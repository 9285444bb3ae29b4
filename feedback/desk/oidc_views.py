"""To the identity provider and back."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import flask
from cryptography.fernet import InvalidToken
from werkzeug import Response
from werkzeug.exceptions import NotFound

from feedback.core.errors import Code, Problem
from feedback.desk import door
from feedback.http.context import services
from feedback.sign_in_settings import Oidc
from feedback.staff import oidc_people, sessions

if TYPE_CHECKING:
    # Few have a provider, and what talks to one takes a fifth of a second to come.
    from feedback.staff import oidc

blueprint = door.open_to_all("login_oidc")


@blueprint.get("/login/oidc")
def depart() -> Response:
    """Send the browser to the provider, with what it must bring back."""
    from feedback.staff import oidc

    here, chosen = services(), _chosen()
    now = here.clock()
    journey = oidc.Journey.new()
    away = oidc.provider(chosen, here.settings.public_url).departure(journey, now=now)
    packed = json.dumps([asdict(journey), door.inside(flask.request.args.get("next", ""))]).encode()
    sealed = here.secrets.vault.encrypt_at_time(packed, int(now.timestamp())).decode()
    return door.send_away(flask.redirect(away, 303), sealed)


@blueprint.get("/login/oidc/done")
def arrive() -> Response:
    """Back from the provider. What it says is verified, then whoever it is about is signed in, in the role it names."""
    from feedback.staff import oidc

    here, chosen = services(), _chosen()
    now = here.clock()
    journey, target = _unpacked()
    asked = oidc.provider(chosen, here.settings.public_url)
    claims = asked.arrival(journey, flask.request.args, now=now)
    with here.database.transaction() as session:
        member = oidc_people.admit(session, chosen, claims, now=now)
        token = sessions.start(session, member, how="provider", now=now)
    return door.unpack(door.let_in(flask.redirect(door.inside(target), 303), token))


def _chosen() -> Oidc:
    chosen = services().settings.sign_in.oidc
    if chosen is None:
        raise NotFound
    return chosen


def _unpacked() -> tuple["oidc.Journey", str]:
    from feedback.staff import oidc

    here = services()
    lasts_s = int(door.JOURNEY_LASTS.total_seconds())
    try:
        packed = here.secrets.vault.decrypt_at_time(
            door.baggage().encode(), ttl=lasts_s, current_time=int(here.clock().timestamp())
        )
        journey, target = json.loads(packed)
        return oidc.Journey(**journey), target
    except (InvalidToken, ValueError, TypeError) as error:
        raise Problem(
            Code.SIGN_IN_REFUSED, "This browser did not begin to sign in here, or began more than ten minutes ago."
        ) from error
