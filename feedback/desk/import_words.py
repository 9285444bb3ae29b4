"""Words for imports on the desk's pages."""

from feedback.desk import audit_words
from feedback.gap import words
from feedback.imports.models import ImportOrder

KINDS = {
    "contracts": "Contracts",
    "seats": "Seats",
    "buyer-scores": "Buyers’ scores",
    "responses": "Responses",
    "activity": "Activity",
    "promotions": "Promotions",
}
STATES = {
    "mapping": "columns to be chosen",
    "checking": "being checked",
    "checked": "checked, not imported yet",
    "importing": "being imported",
    "done": "done",
    "failed": "stopped",
    "dropped": "thrown away",
    "staging": "being read",
    "merging": "being merged",
}
"""Of orders, and of imports that a command runs."""
COUNTS = (
    ("created", "new"),
    ("revised", "revised"),
    ("unchanged", "unchanged"),
    ("repeated", "repeated in the file"),
    ("rejected", "rejected"),
)
_PHASES = {"reading": "Reading", "merging": "Merging", "counting": "Counting what changed"}


def actor(name: str | None) -> str:
    """Who imported."""
    return "not recorded" if name is None else audit_words.actor(name)


def progress(order: ImportOrder) -> str:
    """What is being done and how far it is, in words."""
    if order.phase is None:
        return order.told or "Waiting for a worker."
    if order.phase == "merging" and order.total:
        return f"Merging: {words.count(order.done)} of {words.count(order.total)} lines."
    if order.phase == "reading" and order.total:
        return f"Reading: {words.share(min(1.0, order.done / order.total))} of the file."
    return f"{_PHASES.get(order.phase, order.phase)}."


def size(size_bytes: int) -> str:
    """A file's size."""
    if size_bytes < 1024:
        return words.people(size_bytes, "byte", "bytes")
    return f"{size_bytes / 1024:,.0f} kB" if size_bytes < 1024 * 1024 else f"{size_bytes / 1024 / 1024:,.1f} MB"
