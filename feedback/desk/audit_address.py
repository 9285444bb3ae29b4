"""What the address of the audit log's page says: which entries, and behind which one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from feedback.core.errors import Code, Problem
from feedback.staff.audit_log import Wanted

PAGE = "/desk/settings/audit"
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Address:
    """The parameters after the question mark; empty ones are left out. Days are like `2026-11-30`."""

    actor: str = ""
    action: str = ""
    target: str = ""
    start: str = ""
    end: str = ""
    before: str = ""

    def to(self, path: str = PAGE, **changes: Any) -> str:
        """The address of `path` with some parameters changed, from the newest entry."""
        other = replace(self, before="", **changes) if "before" not in changes else replace(self, **changes)
        parameters = {
            "actor": other.actor,
            "action": other.action,
            "target": other.target,
            "from": other.start,
            "to": other.end,
            "before": other.before,
        }
        given = {name: value for name, value in parameters.items() if value}
        return f"{path}?{urlencode(given)}" if given else path

    @property
    def filtered(self) -> bool:
        """Whether some entries may be left out."""
        return replace(self, before="") != Address()

    @property
    def wanted(self) -> Wanted:
        """The filter as the query takes it."""
        return Wanted(
            actor=self.actor,
            action=self.action,
            target=self.target,
            first_day=_day(self.start),
            last_day=_day(self.end),
        )

    @property
    def asked(self) -> dict[str, str]:
        """The filter for the audit log itself."""
        named = {"actor": self.actor, "action": self.action, "target": self.target, "from": self.start, "to": self.end}
        return {name: value for name, value in named.items() if value}


def read(args: Mapping[str, str]) -> Address:
    """The address of a request. Somebody's bare address stands for that person. Raises INVALID for what is no day."""
    said = {name: args.get(name, "").strip()[:_LONGEST] for name in ("actor", "action", "target", "from", "to")}
    actor = said["actor"]
    address = Address(
        actor=f"staff:{actor.lower()}" if "@" in actor and ":" not in actor else actor,
        action=said["action"],
        target=said["target"],
        start=said["from"],
        end=said["to"],
        before=args.get("before", "").strip(),
    )
    for name in ("start", "end"):
        _day(getattr(address, name))
    return address


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        if len(text) != 10:
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError as error:
        what = f"A day is like 2026-11-30, not {text!r}."
        raise Problem(Code.INVALID, what, errors={"day": [what]}) from error
