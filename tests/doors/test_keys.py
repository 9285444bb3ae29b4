import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from feedback.core.services import Services
from feedback.partners.models import SecretKey, SigningKey
from tests.doors.conftest import Doors


def test_an_embed_key_names_its_origins_and_its_partner(doors: Doors) -> None:
    doors.partner()
    made = doors(
        "POST", "/v1/embed-keys", {"name": "Shop", "origins": ["https://App.example.com:443/x"], "partner": "acme"}
    )
    assert made.status_code == 201
    assert made.json["key"].startswith("fb_pk_live_")
    assert made.json["origins"] == ["https://app.example.com"]
    assert (
        doors("POST", "/v1/embed-keys", {"name": "All", "origins": ["http://localhost:3000"], "live": False})
        .json["key"]
        .startswith("fb_pk_test_")
    )
    listed = doors("GET", "/v1/embed-keys").json["embed_keys"]
    assert [one["partner"] for one in listed] == ["acme", None]
    assert listed[0] == made.json


@pytest.mark.parametrize(
    "origin",
    ["", "app.example.com", "ftp://x.example", "https://", "http://[", "http://a b", "https://u@x.example", "*"],
)
def test_an_origin_has_a_form(doors: Doors, origin: str) -> None:
    response = doors("POST", "/v1/embed-keys", {"name": "x", "origins": [origin]})
    assert (response.status_code, response.get_json(force=True)["code"]) == (422, "invalid")


def test_a_secret_key_is_shown_once_and_works(doors: Doors, services: Services) -> None:
    made = doors("POST", "/v1/secret-keys", {"name": "Backend", "scopes": ["read"]}).json
    doors.texts["new"] = made["key"]
    assert doors("GET", "/v1/partners", key="new").status_code == 200
    assert doors("POST", "/v1/partners", {"slug": "a", "name": "A"}, key="new").status_code == 403
    listed = doors("GET", "/v1/secret-keys")
    assert made["key"] not in listed.text
    with services.database.reading() as session:
        assert made["key"] not in repr(vars(session.get_one(SecretKey, made["id"])))
    assert doors("DELETE", f"/v1/secret-keys/{made['id']}").status_code == 204
    assert doors("DELETE", f"/v1/secret-keys/{made['id']}").status_code == 204
    assert doors("GET", "/v1/partners", key="new").status_code == 401


def test_a_signing_key_keeps_its_secret_encrypted(doors: Doors, services: Services) -> None:
    doors.partner()
    made = doors("POST", "/v1/signing-keys", {"name": "Backend", "partner": "acme"}).json
    assert (made["algorithm"], made["partner"], len(made["secret"]) >= 32) == ("HS256", "acme", True)
    assert made["secret"] not in doors("GET", "/v1/signing-keys").text
    with services.database.reading() as session:
        assert made["secret"].encode() not in (session.get_one(SigningKey, made["kid"]).secret_encrypted or b"")
    assert doors("DELETE", f"/v1/signing-keys/{made['kid']}").status_code == 204
    assert doors("GET", "/v1/signing-keys").json["signing_keys"][0]["revoked_at"] is not None


def test_a_signing_key_of_our_own_making_stays_with_us(doors: Doors) -> None:
    pem = (
        ec.generate_private_key(ec.SECP256R1())
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    body = {"name": "Backend", "algorithm": "ES256", "public_key_pem": pem.decode()}
    made = doors("POST", "/v1/signing-keys", body).json
    assert (made["secret"], made["public_key_pem"]) == (None, pem.decode())
    for bad in (None, "nonsense", ec_pem(ec.SECP384R1())):
        assert doors("POST", "/v1/signing-keys", {**body, "public_key_pem": bad}).status_code == 422


def ec_pem(curve: ec.EllipticCurve) -> str:
    key = ec.generate_private_key(curve).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def test_keys_that_are_not_there_are_404(doors: Doors) -> None:
    for kind in ("embed-keys", "secret-keys", "signing-keys"):
        assert doors("DELETE", f"/v1/{kind}/nobody").status_code == 404
    assert (
        doors(
            "POST", "/v1/embed-keys", {"name": "x", "origins": ["https://x.example"], "partner": "nobody"}
        ).status_code
        == 404
    )


@pytest.mark.requirement("ASVS 16.2.5")
def test_no_secret_stands_in_the_audit_log(doors: Doors, services: Services) -> None:
    from sqlalchemy import select

    from feedback.staff.models import AuditEntry

    made = doors("POST", "/v1/secret-keys", {"name": "Backend", "scopes": ["read"]}).json
    signing = doors("POST", "/v1/signing-keys", {"name": "Backend"}).json
    with services.database.reading() as session:
        log = repr([(row.actor, row.action, row.target, row.detail) for row in session.scalars(select(AuditEntry))])
    assert "secret_key.created" in log
    assert made["key"] not in log
    assert signing["secret"] not in log
