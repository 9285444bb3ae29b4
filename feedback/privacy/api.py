"""The vendor's doors for people's rights: all that is held on a person, and taking a person out."""

from typing import Any

from feedback.http.api import Blueprint
from feedback.http.auth import caller, secret_key_required
from feedback.http.context import now, services
from feedback.privacy import rights
from feedback.privacy.schemas import ErasedSchema, ExportSchema

blueprint = Blueprint("rights", __name__, description="What is held on a person, and taking a person out.")


@blueprint.get("/v1/partners/<slug:partner>/respondents/<external:external_id>")
@secret_key_required("admin")
@blueprint.response(200, ExportSchema())
def get_respondent(partner: str, external_id: str) -> dict[str, Any]:
    """Everything that is held on a person, comments and address too. The id is yours; reading is recorded."""
    return rights.export(services(), partner, external_id, actor=caller().actor, now=now())


@blueprint.delete("/v1/partners/<slug:partner>/respondents/<external:external_id>")
@secret_key_required("admin")
@blueprint.response(200, ErasedSchema())
def delete_respondent(partner: str, external_id: str) -> dict[str, Any]:
    """Erase a person for good, and refuse what files and backends say of them later. Doing it again changes nothing."""
    return {"rows": rights.erase(services(), partner, external_id, actor=caller().actor, now=now()).rows}
