"""The kinds of files that can be imported, by name."""

from feedback.imports.kinds.activity import ACTIVITY
from feedback.imports.kinds.answers import BUYER_SCORES, RESPONSES
from feedback.imports.kinds.contracts import CONTRACTS
from feedback.imports.kinds.promotions import PROMOTIONS
from feedback.imports.kinds.seats import SEATS

KINDS = {kind.name: kind for kind in (CONTRACTS, SEATS, BUYER_SCORES, RESPONSES, ACTIVITY, PROMOTIONS)}
