# gem install jwt
require "jwt"

def sign(user_id, partner)
  now = Time.now.to_i
  claims = { aud: "feedback", sub: user_id, partner: partner, iat: now, exp: now + 900 }
  JWT.encode(claims, ENV.fetch("FEEDBACK_SECRET"), "HS256", { kid: ENV.fetch("FEEDBACK_KID") })
end

puts sign("user-1", "northwind")
