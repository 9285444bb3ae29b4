"""Every model there is, so that Alembic sees the whole schema."""

from feedback.buyers import models as buyers
from feedback.comments import models as comments
from feedback.core import chores, erasures, inbox, outbox, preferences
from feedback.core.db import Base
from feedback.decisions import models as decisions
from feedback.flags import models as flags
from feedback.gap import models as gap
from feedback.imports import models as imports
from feedback.notices import models as notices
from feedback.partners import models as partners
from feedback.privacy import models as privacy
from feedback.responses import models as responses
from feedback.responses import seals
from feedback.seats import models as seats
from feedback.staff import models as staff
from feedback.surveys import models as surveys
from feedback.tallies import models as tallies

__all__ = [
    "buyers",
    "chores",
    "comments",
    "decisions",
    "erasures",
    "flags",
    "gap",
    "imports",
    "inbox",
    "metadata",
    "notices",
    "outbox",
    "partners",
    "preferences",
    "privacy",
    "responses",
    "seals",
    "seats",
    "staff",
    "surveys",
    "tallies",
]

metadata = Base.metadata
