"""What the gate embeds of mitmproxy: its master, and three of its addons without the forty others.

mitmproxy's package of addons loads every one of them, and with them an LDAP client and two web
frameworks: 14 MB that each gateway would hold for nothing. So the package is put in place without
what it does when it is loaded; its modules are found as ever. Where somebody has loaded it already
(mitmdump), it stays as it is.
"""

import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec

import mitmproxy

_ADDONS = "mitmproxy.addons"

if _ADDONS not in sys.modules and (spec := PathFinder.find_spec(_ADDONS, mitmproxy.__path__)):
    sys.modules[_ADDONS] = module_from_spec(spec)

from mitmproxy.addons.core import Core  # noqa: E402 - once the package is in place
from mitmproxy.addons.proxyserver import Proxyserver  # noqa: E402
from mitmproxy.addons.tlsconfig import TlsConfig  # noqa: E402
from mitmproxy.master import Master  # noqa: E402

__all__ = ["Core", "Master", "Proxyserver", "TlsConfig"]
