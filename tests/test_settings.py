"""Thresholds are set in whole percent and refused with what to change."""

from pathlib import Path

import pytest

from feedback.settings import from_environment
from feedback.settings_error import SettingsError


def test_thresholds_are_shares_of_the_percentages_that_are_set() -> None:
    settings = from_environment(
        {"FEEDBACK_RETENTION_THRESHOLD_PERCENT": "90", "FEEDBACK_ACTIVATION_THRESHOLD_PERCENT": "33"}
    )
    assert (settings.retention_threshold, settings.activation_threshold) == (0.90, 0.33)


def test_without_any_the_thresholds_are_85_and_50_percent() -> None:
    settings = from_environment({})
    assert (settings.retention_threshold, settings.activation_threshold) == (0.85, 0.50)


@pytest.mark.parametrize("name", ["FEEDBACK_RETENTION_THRESHOLD_PERCENT", "FEEDBACK_ACTIVATION_THRESHOLD_PERCENT"])
@pytest.mark.parametrize("text", ["0", "100", "0.85", "85 %"])
def test_a_threshold_is_a_whole_number_from_1_to_99(name: str, text: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} takes a whole number from 1 to 99"):
        from_environment({name: text})


@pytest.mark.parametrize(
    ("name", "text"),
    [("FEEDBACK_UPLOAD_LIMIT_MB", "0"), ("FEEDBACK_UPLOAD_LIMIT_MB", "4001"), ("FEEDBACK_IMPORT_FOLDER", "inbox")],
)
def test_what_imports_cannot_use_is_refused(name: str, text: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} takes"):
        from_environment({name: text})


def test_no_folder_is_watched_unless_one_is_named() -> None:
    assert from_environment({}).import_folder is None
    settings = from_environment({"FEEDBACK_IMPORT_FOLDER": "/srv/inbox", "FEEDBACK_UPLOAD_LIMIT_MB": "1"})
    assert (settings.import_folder, settings.import_upload_limit_bytes) == (Path("/srv/inbox"), 1024 * 1024)
