// npm install jose
import { SignJWT } from "jose";

const secret = new TextEncoder().encode(process.env.FEEDBACK_SECRET);

function sign(userId, partner) {
  return new SignJWT({ partner })
    .setProtectedHeader({ alg: "HS256", kid: process.env.FEEDBACK_KID })
    .setAudience("feedback")
    .setSubject(userId)
    .setIssuedAt()
    .setExpirationTime("15m")
    .sign(secret);
}

console.log(await sign("user-1", "northwind"));
