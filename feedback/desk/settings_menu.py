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


SECTIONS: tuple[Section, ...] = (
    Section("/desk/settings/partners", "Partners and contracts", READERS),
    Section("/desk/settings/privacy-notices", "Privacy notices", READERS),
    Section("/desk/settings/imports", "Imports", ADMINS),
    Section("/desk/settings/keys", "Keys", ADMINS),
    Section("/desk/settings/attributes", "Attributes", READERS),
    Section("/desk/settings/thresholds", "Thresholds", READERS),
    Section("/desk/settings/rates", "Currency and rates", READERS),
    Section("/desk/settings/product-releases", "Product releases", READERS),
    Section("/desk/settings/webhooks", "Webhooks", ADMINS),
    Section("/desk/settings/people", "People’s rights", ADMINS),
    Section("/desk/settings/staff", "Staff and roles", ADMINS),
    Section("/desk/settings/audit", "Audit log", ADMINS),
    Section("/desk/settings/notices", "Notices", READERS),
    Section("/desk/settings/account", "Your account", EVERYBODY),
)


def menu(viewer: Viewer) -> tuple[Section, ...]:
    """What this person may open."""
    return tuple(one for one in SECTIONS if viewer.role in one.roles)
