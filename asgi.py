"""The app as it is served, for any ASGI server: `uvicorn asgi:app`. Workers and schedule are commands of their own."""

import os

from feedback.app import create_asgi
from feedback.core import logs, metrics_files
from feedback.settings import from_environment

logs.configure("web")
_settings = from_environment(os.environ)
app = create_asgi(_settings)
metrics_files.share(_settings.home, "web")
