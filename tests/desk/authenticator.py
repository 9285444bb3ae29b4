"""A telephone beside the browser: it holds a second factor's secret and shows codes."""

import re
from dataclasses import dataclass

import pyotp
from werkzeug.test import TestResponse

from tests.conftest import FakeClock
from tests.desk.conftest import Visitor

ACCOUNT = "/desk/settings/account"


@dataclass
class Authenticator:
    """What a page's secret was typed into."""

    secret: str
    clock: FakeClock

    @classmethod
    def of(cls, page: str, clock: FakeClock) -> "Authenticator":
        """From the secret that a page shows."""
        found = re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', page)
        assert found, page
        return cls(found[1].replace(" ", ""), clock)

    def code(self, *, steps: int = 0) -> str:
        """The code of now, or of `steps` half-minutes later."""
        return pyotp.TOTP(self.secret).generate_otp(int(self.clock.now.timestamp()) // 30 + steps)


def set_up(visitor: Visitor, clock: FakeClock) -> tuple[Authenticator, list[str]]:
    """Somebody who is signed in sets a second factor up; the telephone and the recovery codes."""
    visitor.get(ACCOUNT)
    visitor.post(f"{ACCOUNT}/second-factor")
    telephone = Authenticator.of(visitor.get(ACCOUNT).text, clock)
    done = visitor.post(f"{ACCOUNT}/second-factor/prove", code=telephone.code())
    assert done.status_code == 200
    clock.forward(seconds=30)
    return telephone, recovery_codes(done)


def recovery_codes(page: TestResponse) -> list[str]:
    """The codes that a page shows."""
    return re.findall(r"<li><code>([0-9a-z-]{19})</code></li>", page.text)
