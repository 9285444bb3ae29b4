<?php
// composer require firebase/php-jwt
require 'vendor/autoload.php';

use Firebase\JWT\JWT;

function sign(string $userId, string $partner): string
{
    $now = time();
    $claims = [
        'aud' => 'feedback',
        'sub' => $userId,
        'partner' => $partner,
        'iat' => $now,
        'exp' => $now + 900,
    ];
    return JWT::encode($claims, getenv('FEEDBACK_SECRET'), 'HS256', getenv('FEEDBACK_KID'));
}

echo sign('user-1', 'northwind'), "\n";
