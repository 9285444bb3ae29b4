"""One catalogue of errors. Raise `Problem(Code.X, "what happened")`; the routes turn it into RFC 9457."""

from enum import Enum
from typing import Any


class Code(Enum):
    """Each: HTTP status, title, and what to do about it."""

    BAD_REQUEST = (400, "The request cannot be read", "Correct the request; `detail` says where.")
    INVALID = (422, "Some values do not fit", "Correct the fields listed in `errors` and send again.")
    UNSUPPORTED_MEDIA_TYPE = (415, "This content type is not read here", "Send `Content-Type: application/json`.")
    TOO_LARGE = (413, "The body is too large", "Send less at a time.")
    LENGTH_REQUIRED = (411, "The length of the body is missing", "Send a Content-Length header.")
    TOO_MANY_REQUESTS = (429, "Too many requests", "Wait for the seconds in Retry-After, then go on.")
    NOT_FOUND = (404, "There is nothing here", "Check the address and the names in it.")
    METHOD_NOT_ALLOWED = (405, "This method does not apply here", "Use one of the methods in the Allow header.")
    KEY_MISSING = (
        401,
        "A secret key is needed",
        "Send `Authorization: Bearer fb_sk_...`; `feedback keys add-secret` makes one.",
    )
    KEY_REFUSED = (401, "This key is not accepted", "Check the key; it may be mistyped or revoked.")
    KEY_NOT_ALLOWED = (403, "This key may not do that", "Use a key with the scope that `detail` names.")
    METRICS_REFUSED = (401, "Metrics are for who watches", "Send `Authorization: Bearer` with FEEDBACK_METRICS_TOKEN.")
    EMBED_KEY_UNKNOWN = (404, "This embed key is not known", "Check data-key in the embed tag; the key may be revoked.")
    ORIGIN_NOT_ALLOWED = (
        403,
        "This origin is not allowed here",
        "Add the page's origin to the embed key; what a personal link opens answers to its own page only.",
    )
    TOKEN_MISSING = (
        401,
        "A signed token is needed",
        "A vendor-wide embed key learns the partner from the token: sign one per person.",
    )
    TOKEN_REFUSED = (401, "The token is not accepted", "`detail` says why; sign a new one with a current signing key.")
    PARTNER_UNKNOWN = (
        404,
        "This partner is not known",
        "Is it spelt right? GET /v1/partners lists those there are; POST makes one.",
    )
    PARTNER_EXISTS = (409, "A partner with this slug exists", "Use PATCH to change it, or another slug.")
    SURVEY_UNKNOWN = (404, "This survey is not known", "GET /v1/surveys lists those there are.")
    SURVEY_EXISTS = (409, "A survey with this name exists", "Publish a new version of it, or use another name.")
    SURVEY_CLOSED = (409, "This survey takes no answers now", "Publish or resume the survey first.")
    IMPRESSION_REFUSED = (
        409,
        "The answer needs an impression that was granted to this person",
        "Ask for one: POST .../impressions.",
    )
    IMPRESSION_TAKEN = (
        409,
        "Another answer stands for this impression",
        "Send revisions under the id of the first answer.",
    )
    INVITATION_UNKNOWN = (404, "This personal link is not known", "Check that the whole address was copied.")
    INVITATION_EXPIRED = (410, "This personal link is too old", "Ask whoever sent it for a new one.")
    REVISION_CONFLICT = (409, "The same revision was sent with other content", "Raise `revision` to change an answer.")
    RESPONSE_OF_ANOTHER = (
        409,
        "This response id belongs to somebody else's answer",
        "Use a new random UUID for a new answer.",
    )
    RESPONSE_DELETED = (
        410,
        "This answer was deleted by whoever gave it",
        "Do not send it again; a new answer needs a new impression.",
    )
    RESPONDENT_ERASED = (
        410,
        "This person was erased",
        "Say nothing more of this person; what they answer themselves from now on is kept.",
    )
    BUSY = (
        503,
        "The service cannot take this just now",
        "Try again after the seconds in Retry-After; nothing was kept.",
    )
    NOT_COMPARABLE = (422, "These scores cannot be compared", "Compare like with like: one metric at a time.")
    NOT_SIGNED_IN = (401, "Please sign in", "Open /login, or the link that `feedback staff link` prints.")
    SIGN_IN_REFUSED = (
        403,
        "You were not signed in",
        "Try again; if it stays, show this to whoever runs this service: `feedback staff link EMAIL` also lets in.",
    )
    PROVIDER_DOWN = (
        503,
        "The identity provider cannot be asked",
        "Try again in a minute; until it is back, `feedback staff link EMAIL` prints a link that lets in.",
    )
    LINK_SPENT = (410, "This sign-in link does not work any more", "Make a new one: `feedback staff link EMAIL`.")
    FORM_REFUSED = (403, "This form was not sent from our page", "Open the page again and send it from there.")
    STAFF_UNKNOWN = (404, "This person may not sign in here", "`feedback staff list` names who may.")
    STAFF_EXISTS = (409, "This address is taken", "`feedback staff link EMAIL` makes a new sign-in link.")
    ROLE_NOT_ALLOWED = (403, "Your role may not see this", "Ask an admin for another role.")
    FILE_REFUSED = (422, "The file cannot be imported", "Correct what `detail` names; nothing was changed.")
    CONFLICT = (409, "This does not fit what is already there", "`detail` says what stands in the way.")
    BACKUP_FAILED = (500, "There is no backup", "Nothing stands under its name; mend what is named and run it again.")
    BACKUP_UNREADABLE = (422, "This backup cannot be read", "Nothing was changed; take another copy of it.")
    RESTORE_REFUSED = (409, "The backup is not restored here", "Nothing was changed.")
    RESTORE_FAILED = (500, "The backup was not restored", "Mend what is named and run it again.")
    INTERNAL = (
        500,
        "Something went wrong on our side",
        "Try again; if it stays, give the request id to whoever runs this service.",
    )

    def __init__(self, status: int, title: str, advice: str) -> None:
        self.status = status
        self.title = title
        self.advice = advice


class Problem(Exception):
    """An error that a caller can act on. `details` go into the answer beside the standard members."""

    def __init__(self, code: Code, detail: str = "", *, retry_after_s: int | None = None, **details: Any) -> None:
        super().__init__(detail or code.title)
        self.code = code
        self.detail = detail
        self.retry_after_s = retry_after_s
        self.details = details

    def body(self) -> dict[str, Any]:
        """RFC 9457 members, `code` and `advice`, then the details."""
        name = self.code.name.lower().replace("_", "-")
        return {
            "type": f"urn:feedback:problem:{name}",
            "title": self.code.title,
            "status": self.code.status,
            "detail": self.detail or self.code.title,
            "code": name,
            "advice": self.code.advice,
            **self.details,
        }
