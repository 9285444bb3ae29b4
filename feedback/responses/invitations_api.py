"""The vendor's door for invitations."""

from typing import Any

from feedback.http.api import Blueprint, large_body
from feedback.http.auth import caller, secret_key_required
from feedback.http.context import now, services, transaction
from feedback.responses.invitation_schemas import InvitationsSchema, NewInvitationsSchema
from feedback.responses.invitations import NotInvited, expiry, invite, link, survey_to_invite_to
from feedback.staff.audit import record

blueprint = Blueprint("invitations", __name__, description="Personal links to a survey, for people whom no page asks.")


@blueprint.post("/v1/surveys/<slug:survey>/invitations")
@secret_key_required("write", test_keys=True)
@large_body
@blueprint.arguments(NewInvitationsSchema())
@blueprint.response(201, InvitationsSchema())
def post_invitations(new: dict[str, Any], survey: str) -> dict[str, list[dict[str, Any]]]:
    """Make personal links. Links of before go on working; after one answer all of a person's are answered.

    With a test key the answers are test answers.
    """
    people, expires_at = new["respondents"], expiry(new["days"], now=now())
    pepper, url = services().secrets.pepper, services().settings.public_url
    invitations, refused = [], []
    with transaction() as session:
        found = survey_to_invite_to(session, survey)
        made = invite(session, found, people, expires_at=expires_at, live=caller().live, pepper=pepper, now=now())
        for place, (one, result) in enumerate(zip(people, made, strict=True)):
            if isinstance(result, NotInvited):
                refused.append({"place": place, "reason": result.reason})
            else:
                about = {"partner": one.partner, "respondent": one.respondent, "expires_at": expires_at}
                invitations.append({**about, "link": link(url, result)})
        detail = {"links": len(invitations), "refused": len(refused), "days": new["days"], "live": caller().live}
        record(session, caller().actor, "invitations.made", survey, detail, now())
    return {"invitations": invitations, "refused": refused}
