"""What may be shared back with a partner: on a screen in front of its buyer, and on its own page, the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from feedback.decisions.product_releases import told_of_releases
from feedback.decisions.queries import Told, told
from feedback.partners.queries import KnownPartner
from feedback.privacy import paraphrases, queries
from feedback.privacy.queries import Released


@dataclass(frozen=True, slots=True)
class Shared:
    """Releases, newest first, paraphrases by the first month of their release, and what the vendor tells.

    `allowed`: by the policy; if not, there is nothing.
    """

    allowed: bool
    releases: Sequence[Released] = ()
    rephrased: Mapping[int, Sequence[str]] = field(default_factory=dict)
    told: Sequence[Told] = ()


def shared(session: Session, partner: KnownPartner, *, today: date) -> Shared:
    """What may be shown today; nothing of it is computed now."""
    if not queries.is_shown(session, partner, today):
        return Shared(allowed=False)
    rephrased: dict[int, list[str]] = {}
    for one in paraphrases.approved(session, partner.id):
        rephrased.setdefault(one.first_month, []).append(one.text)
    about = [*told(session, partner.id), *told_of_releases(session, today)]
    newest_first = sorted(about, key=lambda one: one.month, reverse=True)
    return Shared(True, queries.releases(session, partner.id), rephrased, newest_first)
