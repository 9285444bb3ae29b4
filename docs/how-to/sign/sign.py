# pip install joserfc
import os
import time

from joserfc import jwt
from joserfc.jwk import OctKey


def sign(user_id: str, partner: str) -> str:
    now = int(time.time())
    header = {"alg": "HS256", "kid": os.environ["FEEDBACK_KID"]}
    claims = {"aud": "feedback", "sub": user_id, "partner": partner, "iat": now, "exp": now + 900}
    return jwt.encode(header, claims, OctKey.import_key(os.environ["FEEDBACK_SECRET"]))


print(sign("user-1", "northwind"))
