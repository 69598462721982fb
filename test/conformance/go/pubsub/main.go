// Lists the topics of a project: the sample of the documentation of cloud.google.com/go/pubsub/v2, over gRPC.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
)

func main() {
	projectID, endpoint := os.Args[1], os.Args[2]
	ctx := context.Background()
	client, err := pubsub.NewClient(ctx, projectID, option.WithEndpoint(endpoint))
	if err != nil {
		log.Fatalf("pubsub.NewClient: %v", err)
	}
	defer client.Close()

	topics := client.TopicAdminClient.ListTopics(ctx, &pubsubpb.ListTopicsRequest{Project: "projects/" + projectID})
	for {
		topic, err := topics.Next()
		if err == iterator.Done {
			return
		}
		if err != nil {
			log.Fatalf("ListTopics(%q): %v", projectID, err)
		}
		fmt.Println(topic.GetName())
	}
}
