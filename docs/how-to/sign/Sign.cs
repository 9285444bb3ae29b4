// dotnet add package Microsoft.IdentityModel.JsonWebTokens
using System;
using System.Collections.Generic;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

Console.WriteLine(Sign("user-1", "northwind"));

static string Sign(string userId, string partner)
{
    var secret = Encoding.UTF8.GetBytes(Environment.GetEnvironmentVariable("FEEDBACK_SECRET")!);
    var key = new SymmetricSecurityKey(secret) { KeyId = Environment.GetEnvironmentVariable("FEEDBACK_KID") };
    var now = DateTime.UtcNow;
    return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
    {
        Audience = "feedback",
        Claims = new Dictionary<string, object> { ["sub"] = userId, ["partner"] = partner },
        IssuedAt = now,
        Expires = now.AddMinutes(15),
        SigningCredentials = new SigningCredentials(key, SecurityAlgorithms.HmacSha256),
    });
}
