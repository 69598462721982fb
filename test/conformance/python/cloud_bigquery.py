"""The sample that lists datasets: https://cloud.google.com/bigquery/docs/listing-datasets"""

import sys

from google.cloud import bigquery

client = bigquery.Client(client_options={"api_endpoint": sys.argv[1]})
for dataset in client.list_datasets():
    print(dataset.dataset_id)
