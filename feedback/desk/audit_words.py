"""The audit log in words: who, did what. An action without words of its own is read from its name."""

from collections.abc import Callable, Mapping
from typing import Any

from feedback.desk import audit_names
from feedback.flags.words import KINDS, WHOSE

GROUPS = {
    "staff.": "staff: anything",
    "comment.": "comments: anything",
    "contact.": "call list: anything",
    "survey.": "surveys: anything",
    "partner.": "partners: anything",
    "respondent.": "people’s rights: anything",
    "webhook.": "webhooks: anything",
    "claim.": "claims: anything",
    "decision.": "decisions: anything",
    "import.": "imports: anything",
    "notice.": "privacy notices: anything",
    "file.": "files: anything",
    "audit.": "audit log: anything",
}
"""The beginning of an action to what a filter calls all that begin so."""
ACTIONS = {
    "staff.signed_in": "signed in",
    "staff.signed_out": "signed out",
    "staff.added": "added to the staff",
    "staff.role_changed": "changed the role of",
    "staff.password_set": "set the password of",
    "staff.disabled": "disabled",
    "staff.enabled": "let in again",
    "staff.link_made": "made a sign-in link for",
    "staff.sessions_ended": "ended sessions of",
    "staff.second_factor_set": "set up a second factor for",
    "staff.second_factor_removed": "removed the second factor of",
    "staff.second_factor_reset": "reset the second factor of",
    "staff.recovery_codes_made": "made recovery codes for",
    "audit.exported": "exported",
    "audit.forgotten": "deleted old entries of",
    "file.taken": "took as a file",
    "form.sent": "sent the form",
    "notice.published": "published the privacy notice",
    "comment.exported": "took comments as a file",
    "comment.read": "read comments",
    "comment.marked": "marked a comment",
    "contact.exported": "took the call list as a file",
    "contact.read": "read who may be called",
    "contact.handled": "noted what came of a call",
    "responses.read": "read answers of",
    "response.terms_read": "read the terms of an answer of",
    "response.recorded": "recorded an answer of",
    "seat.recorded": "recorded a seat of",
    "activity.recorded": "recorded activity at",
    "attribute.declared": "declared the attribute",
    "buyer.recorded": "recorded a buyer of",
    "contract.recorded": "recorded a contract of",
    "promotion.recorded": "recorded a promotion at",
    "partner.created": "created the partner",
    "partner.changed": "changed the partner",
    "partner.removed": "removed the partner",
    "respondent.exported": "took all that is held on a person at",
    "respondent.erased": "erased a person at",
    "retention.enforced": "deleted what was older than is kept",
    "partner.page_link_made": "made a link to the page of",
    "partner.page_links_revoked": "revoked the links to the page of",
    "partner.page_opened": "opened for the first time the page of",
    "paraphrase.written": "wrote a paraphrase",
    "paraphrase.approved": "approved a paraphrase",
    "paraphrase.taken_back": "took back a paraphrase",
    "releases.attribute_changed": "chose which groups are released to",
    "survey.created": "created the survey",
    "survey.published": "published the survey",
    "survey.paused": "paused the survey",
    "survey.resumed": "resumed the survey",
    "import.finished": "imported",
    "import_mapping.saved": "saved the mapping of columns",
    "import_mapping.removed": "forgot the mapping of columns",
    "invitations.made": "made personal links for",
    "secret_key.created": "made a secret key",
    "embed_key.created": "made an embed key",
    "signing_key.created": "made a signing key",
    "secret_key.revoked": "revoked the secret key",
    "embed_key.revoked": "revoked the embed key",
    "signing_key.revoked": "revoked the signing key",
    "promotion.removed": "removed a promotion at",
    "preference.changed": "changed the setting",
    "product_release.added": "recorded a release of the product",
    "product_release.removed": "removed a release of the product",
    "survey.changed": "changed the survey",
    "notices.chosen": "chose notices",
    "webhook.added": "added a webhook",
    "webhook.paused": "paused a webhook",
    "webhook.resumed": "resumed a webhook",
    "webhook.removed": "removed a webhook",
    "webhook.secret_rotated": "gave a webhook a new secret",
    "claim.added": "recorded a claim",
    "claim.evidence_added": "added evidence to a claim",
    "claim.judged": "judged a claim",
    "decision.added": "recorded a decision",
    "decision.reviewed": "reviewed a decision",
    "answers.set_aside": "set answers aside",
    "answers.counted_again": "let answers count again",
    "flag.settled": "held flagged answers to be honest",
    "renewal.step_put": "wrote down the next step of a renewal",
}
_ACTORS = {
    "schedule": "the schedule",
    "cli": "the command line",
    "folder": "the watched folder",
    "provider": "the identity provider",
    "notices": "the sending of notices",
    "demo": "the demo data",
}
_SIGNED_IN = {"link": "by a sign-in link", "password": "with a password", "provider": "by the identity provider"}
NOBODY: Mapping[str, str] = {}
"""For who knows no names of ids."""


def action(name: str) -> str:
    """What was done, as the verb of a sentence: `staff.link_made` is `made a sign-in link for`."""
    if name in ACTIONS:
        return ACTIONS[name]
    thing, _, verb = name.partition(".")
    return f"{thing}: {verb}".replace("_", " ") if verb else name.replace("_", " ")


def actor(kept: str, names: Mapping[str, str] = NOBODY) -> str:
    """Who did it: an address, `the key “Backend”`, or one of those that are no person. `names`: of ids."""
    kind, _, name = kept.partition(":")
    if kind == "staff":
        return name
    if kind == "key":
        return f"the key {_name(name, names)}"
    if kind == "link":
        return f"who has the link {audit_names.short(name)}"
    return _ACTORS.get(kept, kept)


def target(kept: str, names: Mapping[str, str] = NOBODY) -> str:
    """To what it was done: its name where it has one, else as it is kept, an id by its end."""
    return _name(kept, names)


def detail(kept: Mapping[str, Any], names: Mapping[str, str] = NOBODY) -> str:
    """What else was written down, on one line: `before: analyst · role: admin`."""
    return " · ".join(_said(name, value, names) for name, value in kept.items() if value is not None)


def _said(name: str, value: Any, names: Mapping[str, str]) -> str:
    if name in _SAID:
        return _SAID[name](value)
    return f"{_CALLED.get(name, name.replace('_', ' '))}: {_value(value, names)}"


def _value(value: Any, names: Mapping[str, str]) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name.replace('_', ' ')} {_value(one, names)}" for name, one in value.items()) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(_value(one, names) for one in value) or "none"
    return _name(str(value), names)


def _name(kept: str, names: Mapping[str, str]) -> str:
    return names.get(kept) or audit_names.short(kept)


_CALLED = {
    "partner_id": "partner",
    "contract_id": "contract",
    "response_id": "answer",
    "response": "answer",
    "responses": "answers",
    "respondents": "pseudonyms",
    "count": "how many",
    "number": "number that it should move",
    "also": "made besides",
}
"""What a member of a detail is called, if not by its own name."""
_SAID: dict[str, Callable[[Any], str]] = {
    "how": lambda value: _SIGNED_IN.get(value, f"how: {value}"),
    "second_factor": lambda value: f"and a {value}",
    "supports": lambda value: "speaks for it" if value else "speaks against it",
    "told": lambda value: "partners are told of it" if value else "partners are not told of it",
    "q": lambda _value: "words were searched for, which are not kept",
    "whose": lambda value: f"whose: {WHOSE.get(value, value)}",
    "kind": lambda value: f"kind: {KINDS.get(value, value)}",
    "days": lambda value: f"{value:,} days" if isinstance(value, int) else f"days: {value}",
    "reason": lambda value: f"why: {value}",
}
"""Members of a detail that have a sentence of their own."""
