"""What is installed is what was locked, and no secret gets into the repository."""

import json
import re
import tomllib
from pathlib import Path
from zlib import crc32

import pytest

from feedback.partners.keys import checksum_fits
from tools import check_secrets

ROOT = Path(__file__).parents[2]
A = "a" * 40
KEY = "fb_sk_live_h9x7d2k4mn_0123456789abcdefghjkmnpqrstvwxyz"
LOOK = {
    "a private key": "-----BEGIN" + " EC PRIVATE KEY-----",
    "a signed token": "eyJ" + "hbGciOiJIUzI1NiJ9" + ".eyJ" + "zdWIiOiJhbm5hIn0" + "." + A,
    "a key of AWS": "AKIA" + "ABCDEFGHIJKLMNOP",
    "a key of Google": "AIza" + "a" * 35,
    "a key of Azure": "AccountKey=" + A + "==",
    "a token of GitHub": "ghp_" + A,
    "a token of GitLab": "glpat-" + A,
    "a token of Slack": "xoxb-" + A,
    "a webhook of Slack": "https://hooks.slack.com" + "/services/T00000000/B00000000/" + A,
    "a key of Stripe": "sk_live_" + A,
    "a token of npm": "npm_" + "a" * 36,
    "a token of PyPI": "pypi-" + "AgEIcHlwaS5vcmc" + A,
    "a password in an address": "postgresql://feedback:" + "s3cr3ts3cr3t" + "@db.example.com/feedback",
    "the secret of a deployment": "FEEDBACK_SECRET=" + A,
}


@pytest.mark.requirement("edge: dependencies are pinned with hashes")
@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_each_python_package_is_pinned_with_its_hashes(name: str) -> None:
    text = (ROOT / name).read_text()
    lines = [line for line in text.replace("\\\n", " ").splitlines() if line and not line.lstrip().startswith("#")]
    assert len(lines) > 40
    for line in lines:
        assert re.match(r"[a-z0-9.-]+==[\w.+!]+( ; [^-]*)? +--hash=sha256:[0-9a-f]{64}", line), line
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = declared["project"]["dependencies"] + (declared["dependency-groups"]["dev"] if "dev" in name else [])
    names = {re.split(r"[\[><=!~; ]", one)[0].lower().replace("_", "-") for one in wanted}
    assert names <= {line.split("==")[0] for line in lines}


@pytest.mark.requirement("edge: dependencies are pinned with hashes")
def test_what_is_installed_is_held_against_the_hashes() -> None:
    recipe = (ROOT / "Makefile").read_text()
    installs = [line for line in recipe.splitlines() if "uv pip install" in line and "-e ." not in line]
    assert len(installs) >= 2 and all("--require-hashes" in line for line in installs)
    assert "npm --prefix widget ci" in recipe


@pytest.mark.requirement("edge: dependencies are pinned with hashes")
def test_each_package_of_the_widget_is_pinned_with_its_hash() -> None:
    packages = json.loads((ROOT / "widget/package-lock.json").read_text())["packages"]
    others = {name: one for name, one in packages.items() if name}
    assert len(others) > 50
    assert [name for name, one in others.items() if not one.get("integrity", "").startswith("sha512-")] == []


@pytest.mark.requirement("edge: no secret is in the repository")
@pytest.mark.parametrize("kind", list(check_secrets.KINDS))
def test_a_secret_of_each_kind_is_found(kind: str) -> None:
    assert [what for _, what in check_secrets.found(f"one line\nkey = '{LOOK[kind]}'\n")] == [kind]


@pytest.mark.requirement("edge: no secret is in the repository")
def test_a_key_of_ours_is_found_by_its_checksum() -> None:
    made = f"{KEY}_{crc32(KEY.encode()):08x}"
    assert checksum_fits(made)
    assert list(check_secrets.found(f"curl -H 'Bearer {made}'")) == [(1, "a secret key of ours")]
    assert list(check_secrets.found(f"curl -H 'Bearer {made[:-1]}x'")) == []


@pytest.mark.requirement("edge: no secret is in the repository")
def test_a_file_with_a_secret_fails_the_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setattr(check_secrets, "tracked", lambda: [str(tmp_path / "a.py"), str(tmp_path / "gone.py")])
    (tmp_path / "a.py").write_text("ok = 1\n")
    assert check_secrets.main() == 0
    (tmp_path / "a.py").write_text(f"ok = 1\nsecret = '{LOOK['a key of AWS']}'\n")
    assert check_secrets.main() == 1
    said = capsys.readouterr().out
    assert "a.py:2: a key of AWS" in said and LOOK["a key of AWS"] not in said
