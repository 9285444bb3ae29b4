"""The page about notices: its program checks what the service signs, and it names what there is."""

import re
import runpy
from datetime import UTC, datetime, timedelta
from pathlib import Path

from feedback.notices import signing, trying
from feedback.notices.models import EVENTS
from feedback.settings import from_environment

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/notices.md").read_text()
PROGRAM = ROOT / "docs/how-to/webhooks/verify.py"


def test_the_program_stands_on_the_page_as_it_is() -> None:
    assert re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) == [PROGRAM.read_text()]


def test_the_program_takes_what_we_sign_and_nothing_else() -> None:
    verify = runpy.run_path(str(PROGRAM))["verify"]
    old, new, other = (signing.new_secret() for _ in range(3))
    body, now = b'{"type":"test"}', datetime.now(UTC)
    headers = signing.headers("msg_1", body, [new, old], now=now)
    assert verify(old, headers, body) and verify(new, headers, body)
    assert not verify(other, headers, body)
    assert not verify(new, headers, body + b" ")
    assert not verify(new, {**headers, "webhook-id": "msg_2"}, body)
    assert not verify(new, {**headers, "webhook-signature": headers["webhook-signature"].replace("v1", "v2")}, body)
    late = signing.headers("msg_1", body, [new], now=now - timedelta(minutes=6))
    assert not verify(new, late, body)
    assert not verify(new, {**late, "webhook-timestamp": headers["webhook-timestamp"]}, body)


def test_a_signature_is_that_of_the_standards_own_example() -> None:
    """Secret, message and signature as the libraries of standardwebhooks.com test them."""
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    found = signing.headers("msg_p5jXN8AQM9LWM0D4loKWxJek", body, [secret], now=datetime.fromtimestamp(1614265330, UTC))
    assert found["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_page_names_every_event_and_setting() -> None:
    for name in (*EVENTS, "FEEDBACK_SMTP_URL", "FEEDBACK_MAIL_FROM", "FEEDBACK_WEBHOOK_PRIVATE_ADDRESSES"):
        assert f"{name}" in PAGE, name
    assert len(trying.PAUSES) + 1 == 10 and "tried ten times" in PAGE


def test_the_settings_of_the_page_are_taken() -> None:
    lines = re.findall(r"^(FEEDBACK_\w+)=(\S+)", PAGE, re.MULTILINE)
    settings = from_environment(dict(lines))
    assert settings.smtp_url and settings.mail_from == "feedback@example.com"
