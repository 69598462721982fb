"""Reads a CSV object into an Arrow table; underneath is google-cloud-cpp."""

import sys
from datetime import timedelta

from pyarrow import csv, fs

host, path = sys.argv[1:]
filesystem = fs.GcsFileSystem(
    endpoint_override=host, scheme="http", retry_time_limit=timedelta(seconds=6)
)
with filesystem.open_input_stream(path) as stream:
    print(csv.read_csv(stream).to_pydict())
