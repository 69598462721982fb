"""Reads a JSON object; TENSORSTORE_GCS_HTTP_URL says where Storage is."""

import sys

import tensorstore

bucket, path = sys.argv[1:]
spec = {
    "driver": "json",
    "kvstore": {"driver": "gcs", "bucket": bucket, "path": path},
    # By default it goes on for many minutes.
    "context": {"gcs_request_retries": {"max_retries": 3, "initial_delay": "100ms"}},
}
print(tensorstore.open(spec).result()[...].read().result().item())
