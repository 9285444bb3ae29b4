// go get github.com/golang-jwt/jwt/v5
package main

import (
	"fmt"
	"log"
	"os"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

func sign(userID, partner string) (string, error) {
	now := time.Now().Unix()
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"aud": "feedback", "sub": userID, "partner": partner, "iat": now, "exp": now + 900,
	})
	token.Header["kid"] = os.Getenv("FEEDBACK_KID")
	return token.SignedString([]byte(os.Getenv("FEEDBACK_SECRET")))
}

func main() {
	token, err := sign("user-1", "northwind")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(token)
}
