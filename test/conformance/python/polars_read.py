"""Scans a CSV object; underneath is object_store."""

import sys

import polars

api, url = sys.argv[1:]
options = {"google_base_url": api, "allow_http": "true", "max_retries": 1}
print(polars.scan_csv(url, storage_options=options).collect().rows())
