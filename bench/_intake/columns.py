"""The columns of what the floor writes: those that differ from row to row, and those that do not."""

RESPONSE = (
    "partner_id, id, respondent_id, segment_id, impression_id, score, revision, complete, comment, locale, answered_at,"
    " received_at"
)
OF_ALL = (
    "survey_id, survey_version_id, audience, metric, trust, live, month, known_at, reason, import_id, notice_version"
)
GRANT = "partner_id, id, respondent_id, granted_at, changed_at"
