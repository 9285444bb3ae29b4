"""Files that an admin hands in on the desk, as a browser sends them, and what becomes of them."""

from sqlalchemy import select
from werkzeug.test import TestResponse

from feedback.imports.folder import FolderWatch
from feedback.imports.models import ImportOrder
from feedback.imports.running import run_all
from feedback.partners.models import Promotion
from tests.desk.conftest import Visitor
from tests.desk.reading import text
from tests.imports.files import with_partners

PAGE = "/desk/settings/imports"
GOOD = "Account,Date,Medium,Owner\nacme,2026-02-01,newsletter,Ann\nacme,soon,mail,=1+1\n"
COLUMNS = {"column-0": "partner", "column-1": "day", "column-2": "channel", "column-3": ""}


def signed_in(visitor: Visitor) -> Visitor:
    """An admin who has the page open; there is one partner."""
    with_partners(visitor.services, "acme")
    visitor.sign_in(role="admin")
    visitor.get(PAGE)
    return visitor


def send(
    visitor: Visitor, content: str | bytes, kind: str = "promotions", name: str = "p.csv", **more: str
) -> TestResponse:
    """Choose a file and press Upload."""
    fields = {"token": visitor.token, "kind": kind, **more}
    return deliver(visitor, parts(fields, content, name))


def parts(fields: dict[str, str], content: str | bytes, name: str) -> bytes:
    """A form as a browser sends it: its fields, then the file."""
    data = content.encode() if isinstance(content, str) else content
    lines = [f'--x\r\nContent-Disposition: form-data; name="{one}"\r\n\r\n{value}\r\n' for one, value in fields.items()]
    lines.append(f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n')
    return "".join(lines).encode() + data + b"\r\n--x--\r\n"


def deliver(visitor: Visitor, body: bytes) -> TestResponse:
    """Send these bytes as a form with a file."""
    return visitor.client.post(f"{PAGE}/upload", data=body, content_type="multipart/form-data; boundary=x")


def uploaded(visitor: Visitor, content: str | bytes, **more: str) -> str:
    """The address of the import of a file that was just sent."""
    answer = send(visitor, content, **more)
    assert answer.status_code == 303, text(answer.text)
    return answer.headers["Location"]


def work(visitor: Visitor) -> int:
    """What a worker does when it hears the bell."""
    return run_all(visitor.services, FolderWatch())


def files(visitor: Visitor) -> list[str]:
    """What lies among the uploads."""
    folder = visitor.services.settings.home / "uploads"
    return sorted(one.name for one in folder.rglob("*.csv")) if folder.exists() else []


def order(visitor: Visitor) -> ImportOrder:
    """The one order there is."""
    with visitor.services.database.reading() as session:
        return session.scalars(select(ImportOrder)).one()


def promotions(visitor: Visitor) -> list[str]:
    """The channels of what was promoted."""
    with visitor.services.database.reading() as session:
        return sorted(session.scalars(select(Promotion.channel)))
