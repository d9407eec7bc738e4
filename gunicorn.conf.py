"""What gunicorn reads when it is started in this folder: its own log lines are masked as ours are."""

import os

from config.logs import STANDARD_ERROR, LineFormatter

LineFormatter.is_json = os.environ.get("LOG_FORMAT") == "json"  # what .env says comes with the first worker

# Without it, what breaks while a file is on its way is written with the exception's words, which may quote a
# record. The level stays gunicorn's --log-level.
logconfig_dict = {
    **STANDARD_ERROR,
    "root": {"handlers": ["stderr"]},
    "loggers": {"gunicorn.error": {"handlers": ["stderr"], "propagate": False}},
}
# Nobody steers it by a socket; a second server of the same user would take it over.
control_socket_disable = True
# Else whoever comes through a proxy on this machine that hands on every header moves pages to other addresses
# by SCRIPT_NAME, and a cache before the site keeps them there.
forwarder_headers = ""
