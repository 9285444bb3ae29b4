"""docs/how-to/sign-in.md says what the service takes."""

import re
from pathlib import Path

from feedback.app import create_app
from feedback.cli.people import staff
from feedback.core.services import Services
from feedback.settings import from_environment

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "sign-in.md").read_text()


def test_the_settings_it_shows_are_taken() -> None:
    shown = dict(re.findall(r"^(FEEDBACK_\w+)=(.+)$", PAGE, re.MULTILINE))
    chosen = from_environment(shown).sign_in
    assert chosen.second_factor_required
    assert chosen.oidc is not None
    assert chosen.oidc.roles == (("admin", "feedback-admins"), ("researcher", "research"), ("analyst", "product"))
    assert not from_environment({**shown, "FEEDBACK_PASSWORD_SIGN_IN": "off"}).sign_in.by_password


def test_the_commands_it_names_are_there() -> None:
    named = set(re.findall(r"(?:feedback staff |`)([a-z-]+) (?:EMAIL|ann@)", PAGE))
    assert {"add", "link", "password", "role", "end-sessions", "reset-second-factor"} <= named <= set(staff.commands)


def test_the_address_to_register_is_the_one_the_browser_comes_back_to(services: Services) -> None:
    rules = {rule.rule for rule in create_app(services.settings, services).url_map.iter_rules()}
    assert "/login/oidc/done" in rules and "https://feedback.example.com/login/oidc/done" in PAGE
