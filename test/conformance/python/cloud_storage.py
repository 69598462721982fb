"""The sample that lists buckets: https://cloud.google.com/storage/docs/listing-buckets"""

import sys

from google.cloud import storage

client = storage.Client(client_options={"api_endpoint": sys.argv[1]})
for bucket in client.list_buckets():
    print(bucket.name)
