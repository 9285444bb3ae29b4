"""What a page is told of why somebody is not asked: not what they did with an earlier card, and when.

The page is the partner's, and can ask with the token of anybody who looks at it.
"""

from datetime import datetime, time, timedelta
from typing import Any, get_args

from feedback.responses.due import NotDue, Reason

_REACTED = ("later", "dismissed_recently", "answered_recently")
_ASKED = "asked_recently"
"""In place of those: whether somebody answered or said no looks the same."""
_OURS = {"policy_expired": "not_allowed"}
"""The vendor's and the partner's own affair: a page learns no more than that it may not ask."""
REASONS = (*(one for one in get_args(Reason) if one not in _REACTED and one not in _OURS), _ASKED)
"""All that a page may be told."""


def told(found: NotDue, *, now: datetime) -> dict[str, Any]:
    """The refusal as it leaves. How long somebody is left alone differs by what they did: ask again tomorrow."""
    if found.reason not in _REACTED:
        return {"due": False, "reason": _OURS.get(found.reason, found.reason), "again_at": found.again_at}
    tomorrow = datetime.combine(now.date() + timedelta(days=1), time(), now.tzinfo)
    return {"due": False, "reason": _ASKED, "again_at": tomorrow}
