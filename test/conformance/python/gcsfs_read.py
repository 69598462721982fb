"""Reads an object as a file."""

import sys

import gcsfs

api, project, path = sys.argv[1:]
filesystem = gcsfs.GCSFileSystem(project=project, endpoint_url=api)
print(filesystem.cat(path).decode())
