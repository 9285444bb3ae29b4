"""Settings about signing in: read as they are meant, refused with what to change."""

import pytest

from feedback.settings import from_environment
from feedback.settings_error import SettingsError
from feedback.sign_in_settings import Oidc, SignIn, is_safe_address

ISSUER = {
    "FEEDBACK_OIDC_ISSUER": "https://login.example.com",
    "FEEDBACK_OIDC_CLIENT_ID": "feedback",
    "FEEDBACK_OIDC_CLIENT_SECRET": "s3cret",
}


def test_without_any_passwords_let_in_and_a_second_factor_is_a_choice() -> None:
    assert from_environment({}).sign_in == SignIn(second_factor_required=False, by_password=True, oidc=None)


def test_everything_about_a_provider_is_read() -> None:
    chosen = from_environment(
        {
            **ISSUER,
            "FEEDBACK_OIDC_NAME": "Acme ID",
            "FEEDBACK_OIDC_ROLE_CLAIM": "groups",
            "FEEDBACK_OIDC_ROLES": "admin=feedback-admins, analyst=CN=Product,analyst=sales",
            "FEEDBACK_PASSWORD_SIGN_IN": "off",
            "FEEDBACK_SECOND_FACTOR": "required",
        }
    ).sign_in
    mapping = (("admin", "feedback-admins"), ("analyst", "CN=Product"), ("analyst", "sales"))
    provider = Oidc("https://login.example.com", "feedback", "s3cret", "Acme ID", "groups", mapping)
    assert chosen == SignIn(second_factor_required=True, by_password=False, oidc=provider)


def test_without_a_mapping_the_provider_names_our_roles() -> None:
    provider = from_environment(ISSUER).sign_in.oidc
    assert provider is not None
    assert (provider.name, provider.role_claim) == ("single sign-on", "feedback_role")
    assert provider.roles == tuple((role, role) for role in ("admin", "researcher", "analyst", "account"))


def test_the_clients_secret_is_not_shown() -> None:
    assert "s3cret" not in repr(from_environment(ISSUER))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"FEEDBACK_OIDC_ISSUER": ""}, "FEEDBACK_OIDC_ISSUER is missing"),
        ({"FEEDBACK_OIDC_ISSUER": "http://login.example.com"}, "FEEDBACK_OIDC_ISSUER takes https"),
        ({"FEEDBACK_OIDC_ISSUER": "login.example.com"}, "FEEDBACK_OIDC_ISSUER takes https"),
        ({"FEEDBACK_OIDC_CLIENT_ID": ""}, "needs FEEDBACK_OIDC_CLIENT_ID"),
        ({"FEEDBACK_OIDC_CLIENT_SECRET": ""}, "FEEDBACK_OIDC_CLIENT_SECRET"),
        ({"FEEDBACK_OIDC_ROLES": "owner=all"}, "FEEDBACK_OIDC_ROLES takes pairs"),
        ({"FEEDBACK_OIDC_ROLES": "admin"}, "FEEDBACK_OIDC_ROLES takes pairs"),
        ({"FEEDBACK_OIDC_ROLES": "admin="}, "FEEDBACK_OIDC_ROLES takes pairs"),
        ({"FEEDBACK_OIDC_ROLES": ","}, "FEEDBACK_OIDC_ROLES takes pairs"),
        ({"FEEDBACK_SECOND_FACTOR": "yes"}, "FEEDBACK_SECOND_FACTOR takes optional or required"),
        ({"FEEDBACK_PASSWORD_SIGN_IN": "no"}, "FEEDBACK_PASSWORD_SIGN_IN takes on or off"),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(changes: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        from_environment({**ISSUER, **changes})


def test_passwords_are_switched_off_only_where_a_provider_lets_in() -> None:
    with pytest.raises(SettingsError, match="needs FEEDBACK_OIDC_ISSUER"):
        from_environment({"FEEDBACK_PASSWORD_SIGN_IN": "off"})


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://a.example", True),
        ("http://127.0.0.1:9", True),
        ("http://[::1]/", True),
        ("http://localhost.evil.example", False),
        ("http://a.example", False),
        ("https://", False),
        ("http://[", False),
        ("None", False),
    ],
)
def test_only_https_and_this_machine_carry_secrets(address: str, *, safe: bool) -> None:
    assert is_safe_address(address) is safe
