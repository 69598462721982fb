// Calls an API each time that it is told the time, with credentials that it keeps and with others that it makes anew.
//
// A line in is the time, in Unix milliseconds; a line out says how the two calls ended, as JSON.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log"
	"os"
	"strconv"
	"sync/atomic"
	"time"
	_ "unsafe" // for go:linkname

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
)

// Of testdata/time_now.go: by how much time.Now is ahead of the machine.
//
//go:linkname movedBy time.movedBy
var movedBy int64

type answer struct {
	Status       int     `json:"status,omitempty"`
	LivesSeconds float64 `json:"livesSeconds,omitempty"`
	Error        string  `json:"error,omitempty"`
}

func main() {
	url := os.Args[1]
	var kept *google.Credentials
	lines := bufio.NewScanner(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		milliseconds, err := strconv.ParseInt(lines.Text(), 10, 64)
		if err != nil {
			log.Fatalf("not a time: %v", err)
		}
		setClock(time.UnixMilli(milliseconds))
		if kept == nil {
			kept = newCredentials()
		}
		if err := out.Encode(map[string]answer{"kept": call(kept, url), "new": call(newCredentials(), url)}); err != nil {
			log.Fatal(err)
		}
	}
}

func setClock(now time.Time) {
	atomic.AddInt64(&movedBy, int64(now.Sub(time.Now())))
	if time.Since(now).Abs() > time.Minute {
		log.Fatal("the clock does not move: this has to be built with testdata/time_now.go")
	}
}

func newCredentials() *google.Credentials {
	credentials, err := google.FindDefaultCredentials(context.Background(), "https://www.googleapis.com/auth/cloud-platform")
	if err != nil {
		log.Fatalf("google.FindDefaultCredentials: %v", err)
	}
	return credentials
}

func call(credentials *google.Credentials, url string) answer {
	// The token that the client below will use: the source gives it as long as it takes it for valid.
	token, err := credentials.TokenSource.Token()
	if err != nil {
		return answer{Error: err.Error()}
	}
	response, err := oauth2.NewClient(context.Background(), credentials.TokenSource).Get(url)
	if err != nil {
		return answer{Error: err.Error()}
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Status: response.StatusCode, LivesSeconds: time.Until(token.Expiry).Seconds()}
}
