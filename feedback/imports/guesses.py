"""What a column of another name could be. Guesses are shown to a person, never applied by themselves."""

from collections.abc import Collection, Sequence

from feedback.imports.columns import ATTRIBUTE
from feedback.imports.kinds.kind import Layout
from feedback.seats.attributes import LONGEST_NAME

_ALIASES: dict[str, tuple[str, ...]] = {
    "partner": ("partnerslug", "partnerid", "account", "accountslug", "customer", "client", "company", "tenant"),
    "contract_id": ("contract", "contractnumber", "opportunity", "opportunityid", "subscriptionid", "id"),
    "name": ("partnername", "accountname", "customername", "companyname", "clientname"),
    "licences": ("licenses", "seats", "quantity", "users", "licencecount", "licensecount"),
    "starts_on": ("start", "startdate", "startson", "contractstart", "begin", "validfrom"),
    "renews_on": ("renewal", "renewaldate", "renewson", "end", "enddate", "contractend", "validto", "expires"),
    "yearly_value": ("arr", "acv", "value", "amount", "annualvalue", "yearlyvalue"),
    "currency": ("currencycode", "currencyisocode"),
    "notice_on": ("notice", "noticedate", "noticegiven"),
    "decided_on": ("decided", "decisiondate", "closedate", "closedon"),
    "outcome": ("status", "result", "stage"),
    "renewed_licences": ("renewedlicenses", "newlicences", "newlicenses"),
    "renewed_value": ("newvalue", "newarr", "renewedarr"),
    "seat": ("user", "userid", "subject", "sub", "employee", "employeeid", "personid", "member", "memberid", "email"),
    "deployed_on": ("deployed", "created", "createdat", "activated", "invitedat", "deployedon"),
    "left_on": ("left", "deactivated", "deactivatedat", "removed", "lefton"),
    "buyer": ("buyerid", "contact", "contactid", "contactemail", "email", "person"),
    "role": ("buyerrole", "contactrole", "jobrole"),
    "metric": ("survey", "surveytype", "type"),
    "score": ("rating", "nps", "npsscore", "csat", "ces", "value", "answer", "grade"),
    "answered_at": ("answered", "date", "timestamp", "time", "submitted", "submittedat", "responded", "respondedat",
                    "responsedate", "completedat", "createdat", "created"),
    "comment": ("feedback", "verbatim", "text", "remarks", "remark", "comments", "openanswer"),
    "reason": ("why", "driver", "cause"),
    "respondent": ("respondentid", "user", "userid", "subject", "sub", "contact", "contactid", "person", "email"),
    "audience": ("side", "group", "respondenttype"),
    "locale": ("language", "lang"),
    "response_id": ("responseid", "answerid", "id", "uuid"),
    "day": ("date", "activeon", "activityday", "activitydate", "sent", "sentat", "senton"),
    "onboarding": ("isonboarding", "onboarded"),
    "meaningful": ("coreaction", "keyaction", "ismeaningful"),
    "channel": ("medium", "via", "type"),
    "reach": ("recipients", "audience", "people", "sentto"),
    "note": ("notes", "description", "remark", "comment"),
}  # fmt: skip
"""Our column to how others call it, the likeliest first, without blanks and signs."""


def guess(header: Sequence[str], layout: Layout) -> dict[int, str]:
    """By place in `header`, which of our columns it could be; each of ours once, names of ours before likenesses."""
    plain = [_plain(name) for name in header]
    found: dict[int, str] = {}
    for place, name in enumerate(header):
        folded = " ".join(name.split()).casefold()
        if layout.takes_attributes and folded.startswith(ATTRIBUTE) and attribute_of(folded):
            found[place] = ATTRIBUTE + attribute_of(name.strip())
    ours_all = (*layout.required, *layout.optional)
    for likenesses in ({ours: (_plain(ours),) for ours in ours_all}, _ALIASES):
        for ours in ours_all:
            if ours in found.values():
                continue
            likely = [plain.index(one) for one in likenesses.get(ours, ()) if plain.count(one) == 1]
            free = [place for place in likely if place not in found]
            found.update({free[0]: ours} if free else {})
    return found


def attribute_of(name: str, declared: Collection[str] = ()) -> str:
    """The attribute that a column of this name could be kept as; empty when nothing of it can be used."""
    own = name.strip()
    own = own[len(ATTRIBUTE) :] if own.casefold().startswith(ATTRIBUTE) else own
    usable = "".join(one if one.isalnum() or one in "-_" else " " for one in own)
    usable = "_".join(usable.split())[:LONGEST_NAME]
    return next((one for one in declared if one.casefold() == usable.casefold()), usable)


def _plain(name: str) -> str:
    return "".join(one for one in name.casefold() if one.isalnum())
