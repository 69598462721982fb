// Lists the buckets of a project: the sample of the documentation of cloud.google.com/go/storage, and where to find the API.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"cloud.google.com/go/storage"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
)

func main() {
	projectID, endpoint := os.Args[1], os.Args[2]
	ctx := context.Background()
	client, err := storage.NewClient(ctx, option.WithEndpoint(endpoint+"/storage/v1/"))
	if err != nil {
		log.Fatalf("storage.NewClient: %v", err)
	}
	defer client.Close()

	buckets := client.Buckets(ctx, projectID)
	for {
		bucket, err := buckets.Next()
		if err == iterator.Done {
			return
		}
		if err != nil {
			log.Fatalf("Buckets(%q): %v", projectID, err)
		}
		fmt.Println(bucket.Name)
	}
}
