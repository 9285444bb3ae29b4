"""A file comes in: what is refused, and that nothing is kept of it."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from feedback.app import create_app
from feedback.imports.models import ImportOrder
from tests.desk.conftest import Visitor
from tests.desk.importing import GOOD, PAGE, deliver, files, parts, send, signed_in
from tests.desk.reading import text

DATABASES = ("sqlite",)


@pytest.fixture
def admin(visitor: Visitor) -> Visitor:
    """An admin who has the page open; there is one partner."""
    return signed_in(visitor)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "has no header that can be read"),
        (b"\n\n \n", "has no header that can be read"),
        ("partner,day,channel\n".encode("utf-16"), "It is written in UTF-16"),
        (b"PK\x03\x04" + b"\0" * 5000, "It is a workbook or an archive; save the sheet as CSV"),
        (b"\x1f\x8b" + b"\0" * 5000, "It is compressed"),
        ("partn\xe9r,day\n".encode("latin-1"), "has no header that can be read"),
    ],
)
def test_what_is_no_table_is_refused_at_once_and_not_kept(admin: Visitor, content: bytes, said: str) -> None:
    answer = send(admin, content)
    assert answer.status_code == 422
    assert said in text(answer.text)
    assert files(admin) == []


def test_no_file_is_refused(admin: Visitor) -> None:
    answer = send(admin, b"", name="")
    assert (answer.status_code, files(admin)) == (422, [])
    assert "Choose a file." in text(answer.text)
    assert admin.post(f"{PAGE}/upload", kind="promotions").status_code == 422
    assert send(admin, GOOD, kind="everything").status_code == 422
    assert files(admin) == []


@pytest.fixture
def small(admin: Visitor) -> Visitor:
    """The same admin where a file may have 1 MB."""
    settings = replace(admin.services.settings, import_upload_limit_bytes=1024 * 1024)
    app = create_app(settings, replace(admin.services, settings=settings))
    client = app.test_client()
    client._cookies = admin.client._cookies  # the same browser
    return Visitor(client, admin.services, admin.token)


def test_a_file_over_the_limit_is_refused_and_not_kept(small: Visitor) -> None:
    for content in (b"a,b\n" * 300_000, b"a,b\n" * 270_000):  # the second fits the request and not the limit
        answer = send(small, content)
        assert answer.status_code == 413
        assert "A file has at most 1 MB here." in text(answer.text)
        assert files(small) == []
    assert send(small, b"partner,day,channel\n" + b"acme,2026-02-01,mail\n" * 40_000).status_code == 303


def test_nothing_of_a_file_is_kept_before_its_form_is_found_to_be_ours(admin: Visitor, monkeypatch) -> None:
    def kept(*_: object) -> None:
        raise AssertionError("the file was taken")

    monkeypatch.setattr("feedback.imports.uploads.receiving", kept)
    assert send(admin, GOOD, token="forged").status_code == 403
    assert deliver(admin, parts({}, GOOD, "a.csv")).status_code == 403
    assert deliver(admin, parts({"kind": "promotions"}, GOOD, "a.csv")).status_code == 403
    late = f'--x\r\nContent-Disposition: form-data; name="token"\r\n\r\n{admin.token}\r\n--x--\r\n'
    assert deliver(admin, parts({}, GOOD, "a.csv").removesuffix(b"--x--\r\n") + late.encode()).status_code == 403


@pytest.mark.parametrize("cut", [0.1, 0.3, 0.5, 0.95])
def test_half_a_form_leaves_nothing(admin: Visitor, cut: float) -> None:
    whole = parts({"token": admin.token, "kind": "promotions"}, GOOD, "a.csv")
    answer = deliver(admin, whole[: int(cut * len(whole))])
    assert answer.status_code in (400, 403)
    assert files(admin) == []
    with admin.services.database.reading() as session:
        assert session.scalars(select(ImportOrder)).all() == []
