"""Lists buckets with nothing but google-auth."""

import sys

import google.auth
from google.auth.transport.requests import AuthorizedSession

api, project = sys.argv[1:]
credentials, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
response = AuthorizedSession(credentials).get(f"{api}/storage/v1/b", params={"project": project})
response.raise_for_status()
for bucket in response.json()["items"]:
    print(bucket["name"])
