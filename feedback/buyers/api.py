"""The door for buyers."""

from feedback.buyers import commands
from feedback.buyers.models import Buyer
from feedback.buyers.schemas import BuyerSchema, BuyerTerms, BuyerTermsSchema
from feedback.core.erasures import refuse_erased
from feedback.http.api import Blueprint
from feedback.http.auth import caller, secret_key_required
from feedback.http.context import now, services, transaction
from feedback.partners.queries import partner_by_slug
from feedback.staff.audit import record

blueprint = Blueprint("buyers", __name__, description="Known people who decide about the contract.")


@blueprint.put("/v1/partners/<slug:partner>/buyers/<external:external_id>")
@secret_key_required("write")
@blueprint.arguments(BuyerTermsSchema())
@blueprint.response(200, BuyerSchema())
def put_buyer(terms: BuyerTerms, partner: str, external_id: str) -> Buyer:
    """Name a buyer, or say what is new about him or her. The id is yours."""
    pepper = services().secrets.pepper
    with transaction() as session:
        partner_id = partner_by_slug(session, partner).id
        refuse_erased(session, partner_id, commands.buyer_id(pepper, partner_id, external_id))
        new = commands.NewBuyer(partner_id, external_id, terms.role, terms.name)
        commands.put_buyers(session, [new], pepper=pepper, now=now())
        buyer = commands.buyer_id(pepper, partner_id, external_id)
        record(session, caller().actor, "buyer.recorded", partner, {"buyer": str(buyer), "role": terms.role}, now())
        return session.get_one(Buyer, (partner_id, buyer))
