// Maven: com.auth0:java-jwt
import com.auth0.jwt.JWT;
import com.auth0.jwt.algorithms.Algorithm;
import java.time.Instant;

public class Sign {
    static String sign(String userId, String partner) {
        Instant now = Instant.now();
        return JWT.create()
            .withKeyId(System.getenv("FEEDBACK_KID"))
            .withAudience("feedback")
            .withSubject(userId)
            .withClaim("partner", partner)
            .withIssuedAt(now)
            .withExpiresAt(now.plusSeconds(900))
            .sign(Algorithm.HMAC256(System.getenv("FEEDBACK_SECRET")));
    }

    public static void main(String[] arguments) {
        System.out.println(sign("user-1", "northwind"));
    }
}
