"""`feedback partners`, `attributes` and `keys` as they are typed."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import select

from feedback.core.errors import Problem
from feedback.core.services import Services
from feedback.partners import keys
from feedback.partners.queries import partner_by_slug
from feedback.seats.queries import attributes
from feedback.staff.models import AuditEntry
from tests.cli.conftest import Run


def test_a_partner_and_attributes_are_made_and_stand_in_the_audit_log(feedback: Run, services: Services) -> None:
    code, out, _ = feedback("partners", "add", "acme", "Acme AG")
    assert (code, "feedback keys add-embed" in out) == (0, True)
    assert feedback("attributes", "declare", "team", "a", "b")[1] == "team: a, b.\n"
    _, out, err = feedback("attributes", "declare", "team", *(f"v{number}" for number in range(20)))
    assert ("v17" in out, "v18, v19" in err) == (True, True)
    with services.database.reading() as session:
        assert partner_by_slug(session, "acme").name == "Acme AG"
        assert len(attributes(session)[0].values) == 20
        entries = [(row.actor, row.action, row.target) for row in session.scalars(select(AuditEntry))]
    assert entries == [("cli", "partner.created", "acme"), *[("cli", "attribute.declared", "team")] * 2]


def test_a_secret_key_alone_goes_to_standard_output_and_works(feedback: Run, services: Services) -> None:
    code, out, err = feedback("keys", "add-secret", "Backend", "--scope", "read")
    text = out.strip()
    assert code == 0
    assert text.startswith("fb_sk_live_")
    assert "/v1/partners" in err
    with services.database.reading() as session:
        row = keys.secret_key(session, text)
    assert row.scopes == ["read"]
    assert text not in feedback("keys", "list")[1]
    assert feedback("keys", "revoke", row.id)[0] == 0
    with services.database.reading() as session, pytest.raises(Problem):
        keys.secret_key(session, text)
    assert "revoked" in feedback("keys", "list")[1]


def test_an_embed_key_comes_with_its_tag(feedback: Run, services: Services) -> None:
    feedback("partners", "add", "acme", "Acme")
    _, out, err = feedback(
        "keys", "add-embed", "Shop", "--origin", "https://A.example/", "--origin", "http://localhost:3000",
        "--partner", "acme", "--test",
    )  # fmt: skip
    assert out.startswith("fb_pk_test_")
    assert f'data-key="{out.strip()}"' in err
    with services.database.reading() as session:
        assert keys.embed_key(session, out.strip()).origins == ["https://a.example", "http://localhost:3000"]
    assert feedback("keys", "revoke", out.strip())[0] == 0


def test_signing_keys_of_both_kinds(feedback: Run, tmp_path: Path) -> None:
    _, out, _ = feedback("keys", "add-signing", "Backend")
    assert len(out.partition("secret: ")[2].strip()) >= 32
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    pem = tmp_path / "public.pem"
    pem.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    _, out, _ = feedback("keys", "add-signing", "Backend", "--algorithm", "ES256", "--public-key", str(pem))
    kid = out.removeprefix("kid: ").strip()
    assert "secret" not in out
    assert kid in feedback("keys", "list")[1]
    assert feedback("keys", "revoke", kid)[0] == 0


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("partners", "add", "Acme!", "Acme"), "hyphens"),
        (("keys", "add-embed", "x", "--origin", "nonsense"), "not an origin"),
        (("keys", "add-embed", "x", "--origin", "https://x.example", "--partner", "nobody"), "no partner 'nobody'"),
        (("keys", "add-signing", "x", "--algorithm", "ES256"), "public_key_pem"),
        (("keys", "revoke", "nobody"), "no such key"),
        (("attributes", "declare", "a b"), "letters, digits"),
    ],
)
def test_what_does_not_fit_is_said_in_a_sentence(
    feedback: Run, services: Services, command: tuple[str, ...], says: str
) -> None:
    code, out, err = feedback(*command)
    assert (code, out) == (1, "")
    assert says in err
    assert "Traceback" not in err
    with services.database.reading() as session:
        assert session.scalars(select(AuditEntry)).all() == []


def test_without_keys_the_list_says_how_to_begin(feedback: Run) -> None:
    assert "feedback keys add-secret" in feedback("keys", "list")[1]
