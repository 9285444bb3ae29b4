"""The pages of the settings, in the order of their menu, and who sees them."""

from dataclasses import dataclass

from feedback.staff.sessions import Viewer

EVERYBODY = frozenset({"admin", "researcher", "analyst", "account"})
READERS = frozenset({"admin", "researcher", "analyst"})
ADMINS = frozenset({"admin"})


@dataclass(frozen=True, slots=True)
class Section:
    """One page of the settings: where it is, what it is called, the roles that may open it."""

    path: str
    words: str
    roles: frozenset[str]


SECTIONS: tuple[Section, ...] = (Section("/desk/settings/product-releases", "Product releases", READERS),)


def menu(viewer: Viewer) -> tuple[Section, ...]:
    """What this person may open."""
    return tuple(one for one in SECTIONS if viewer.role in one.roles)
