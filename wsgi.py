"""The same app for any WSGI server: `gunicorn wsgi:app`, every request in a thread. See `asgi` for the quicker way.

Workers and schedule then run as commands of their own.
"""

import os

from feedback.app import create_app
from feedback.core import logs, metrics_files
from feedback.settings import from_environment

logs.configure("web")
_settings = from_environment(os.environ)
app = create_app(_settings)
metrics_files.share(_settings.home, "web")
