"""What keeps a service from being reached, in words: kinds of trouble of `requests`, what happened, and what to do."""

from __future__ import annotations

import requests

from ..shared.i18n import N_

TROUBLES: tuple[tuple[type[Exception], str, str], ...] = (
    (
        requests.exceptions.ProxyError,
        N_("{host} cannot be reached through the proxy."),
        "Check the proxy in the settings.",
    ),
    (
        requests.exceptions.SSLError,
        N_("{host} showed a certificate that this computer does not trust."),
        "Check the clock and the network; some networks put their own certificate in between.",
    ),
    (requests.exceptions.ConnectTimeout, N_("{host} did not pick up in time."), "Check the network and try again."),
    (requests.exceptions.ReadTimeout, N_("{host} did not answer in time."), "Try again."),
    # requests speaks SOCKS only with a package that nothing here needs.
    (
        requests.exceptions.InvalidSchema,
        N_("{host} cannot be reached through a SOCKS proxy."),
        'Install what it needs with: pip install "recraft-canvas[socks]", or use an HTTP proxy.',
    ),
    (requests.exceptions.InvalidURL, N_("{host} is not an address."), "Check the base URL in the settings."),
)
# What is no better a few seconds later.
HOPELESS = (requests.exceptions.SSLError, requests.exceptions.InvalidSchema, requests.exceptions.InvalidURL)
