"""The same app for any WSGI server: `gunicorn wsgi:app`. Workers and schedule then run as commands of their own."""

import os

from feedback.app import create_app
from feedback.settings import from_environment

app = create_app(from_environment(os.environ))
