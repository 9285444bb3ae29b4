"""What the settings say of notices."""

from datetime import datetime
from urllib.parse import urlsplit

from feedback.notices.models import Delivery, Endpoint

ALERTS = {
    "state": "a partner enters another state",
    "gap": "its scores changed",
    "use": "its use is falling",
    "renewal": "a renewal comes near in a bad state",
    "flag": "something speaks against some of its answers",
}
EVENTS = {
    "state.changed": "a partner, or all together, entered another state",
    "gap.changed": "scores changed, or use is falling",
    "comment.labelled": "somebody of yours put a label to a comment",
    "flag.raised": "something speaks against some answers",
}
TEAM = {"digest": "the weekly digest, on Mondays", **ALERTS}
KINDS = {"digest": "digest", "alert": "alert", "test": "test"}
CHANNELS = {"mail": "mail", "slack": "Slack", "team": "channel", "signed": "webhook"}


def moment(at: datetime | None) -> str:
    """`15 Nov 2026 12:00`, in UTC; a dash for none."""
    return "–" if at is None else f"{at.day} {at:%b %Y %H:%M}"


def status(one: Delivery) -> str:
    """How it went, in a word or two."""
    if one.status == "waiting":
        return "waits" if not one.tries else "waits for its next try"
    return {"sent": "arrived", "given_up": "given up", "dropped": "not sent"}[one.status]


def place(address: str) -> str:
    """Where an address leads, without the part that is a secret."""
    return urlsplit(address).netloc


def state(one: Endpoint) -> str:
    """How an endpoint is."""
    if one.paused_at is not None:
        return f"paused since {moment(one.paused_at)}: it failed for days"
    if one.failing_since is not None:
        return f"failing since {moment(one.failing_since)}"
    return "well"
