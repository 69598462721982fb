"""Lists the topics of a project: the sample of google-cloud-pubsub's documentation, and where to find the API."""

import sys

from google.cloud import pubsub_v1

project_id, endpoint = sys.argv[1:]

publisher = pubsub_v1.PublisherClient(client_options={"api_endpoint": endpoint})
for topic in publisher.list_topics(request={"project": f"projects/{project_id}"}):
    print(topic.name)
