// Lists the buckets of a project with no more than an HTTP client: golang.org/x/oauth2 finds the credentials.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"

	"golang.org/x/oauth2/google"
)

func main() {
	projectID, endpoint := os.Args[1], os.Args[2]
	client, err := google.DefaultClient(context.Background(), "https://www.googleapis.com/auth/cloud-platform")
	if err != nil {
		log.Fatalf("google.DefaultClient: %v", err)
	}
	response, err := client.Get(endpoint + "/storage/v1/b?project=" + url.QueryEscape(projectID))
	if err != nil {
		log.Fatalf("GET: %v", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(response.Body)
		log.Fatalf("%s: %s", response.Status, body)
	}
	var list struct{ Items []struct{ Name string } }
	if err := json.NewDecoder(response.Body).Decode(&list); err != nil {
		log.Fatalf("not a list of buckets: %v", err)
	}
	for _, bucket := range list.Items {
		fmt.Println(bucket.Name)
	}
}
