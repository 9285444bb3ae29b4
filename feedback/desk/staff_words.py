"""How staff, their sessions and their roles are called on pages."""

from datetime import datetime

HOW = {"link": "link", "password": "password", "provider": "identity provider"}
ROLES = {
    "admin": "everything, also settings and staff",
    "researcher": "numbers and comments; surveys, claims, decisions",
    "analyst": "numbers only",
    "account": "what was released to partners",
}


def moment(at: datetime) -> str:
    """A moment of UTC, like `15 Nov 2026, 12:04`."""
    return f"{at.day} {at:%b %Y, %H:%M}"


def ago(at: datetime, now: datetime) -> str:
    """How long ago, roughly: `just now`, `12 minutes ago`, then the moment itself."""
    minutes = int((now - at).total_seconds()) // 60
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} minute{'' if minutes == 1 else 's'} ago"
    return moment(at)
