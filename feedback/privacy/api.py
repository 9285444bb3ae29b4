"""The vendor's doors for people's rights: all that is held on a person, and taking a person out."""

from dataclasses import asdict
from typing import Any

from feedback.http.api import Blueprint
from feedback.http.auth import caller, secret_key_required
from feedback.http.context import now, services, transaction
from feedback.partners.queries import partner_by_slug
from feedback.privacy import journal
from feedback.privacy.erasing import erase_respondent
from feedback.privacy.export import export_respondent
from feedback.privacy.held import person
from feedback.privacy.schemas import ErasedSchema, ExportSchema

blueprint = Blueprint("rights", __name__, description="What is held on a person, and taking a person out.")


@blueprint.get("/v1/partners/<slug:partner>/respondents/<external:external_id>")
@secret_key_required("admin")
@blueprint.response(200, ExportSchema())
def get_respondent(partner: str, external_id: str) -> dict[str, Any]:
    """Everything that is held on a person, comments and address too. The id is yours; reading is recorded."""
    secrets = services().secrets
    with transaction() as session:
        found = partner_by_slug(session, partner)
        one = person(secrets.pepper, found.id, external_id)
        return export_respondent(session, one, external_id, found, vault=secrets.vault, actor=caller().actor, now=now())


@blueprint.delete("/v1/partners/<slug:partner>/respondents/<external:external_id>")
@secret_key_required("admin")
@blueprint.response(200, ErasedSchema())
def delete_respondent(partner: str, external_id: str) -> dict[str, Any]:
    """Erase a person for good, and refuse what files and backends say of them later. Doing it again changes nothing."""
    with transaction() as session:
        found = partner_by_slug(session, partner)
        one = person(services().secrets.pepper, found.id, external_id)
        gone = erase_respondent(session, one, partner, actor=caller().actor, now=now())
    journal.collect(services())
    return asdict(gone)
