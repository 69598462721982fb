"""Calls an API each time that it is told the time, with credentials that it keeps and with others that it makes anew.

A line in is the time, in Unix milliseconds; a line out says how the two calls ended, as JSON.
"""

import datetime
import json
import sys

import google.auth
from google.auth import _helpers
from google.auth.transport.requests import AuthorizedSession

(url,) = sys.argv[1:]
now = datetime.datetime.min

# google-auth reads the time here and nowhere else; its own tests move it in this way.
_helpers.utcnow = lambda: now


def new_session():
    credentials, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
    return AuthorizedSession(credentials)


def call(session):
    try:
        status = session.get(url).status_code
        return {"status": status, "livesSeconds": (session.credentials.expiry - now).total_seconds()}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


kept = None
for line in sys.stdin:
    time = datetime.datetime.fromtimestamp(int(line) / 1000, datetime.timezone.utc)
    now = time.replace(tzinfo=None)
    kept = kept or new_session()
    with new_session() as new:
        print(json.dumps({"kept": call(kept), "new": call(new)}), flush=True)
