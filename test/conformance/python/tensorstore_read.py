"""Reads a JSON object; TENSORSTORE_GCS_HTTP_URL says where Storage is."""

import sys

import tensorstore

bucket, path = sys.argv[1:]
spec = {"driver": "json", "kvstore": {"driver": "gcs", "bucket": bucket, "path": path}}
print(tensorstore.open(spec).result()[...].read().result().item())
