"""Web servers of others: how one is asked, and how one is told something.

Over http and https alone, with the certificate checked, in a time that is given, and never on to a
place that is not safe to follow.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException, HTTPMessage, HTTPResponse
from typing import IO, Final

from bellgate.outside import NotSent

PATIENCE: Final = 30.0
"""Seconds that a server may take for each answer to what it is told."""
_ENOUGH: Final = 65_536
"""Bytes of such an answer that are read."""


class NotSafe(Exception):
    """A server leads on to a place that is not safe to follow; the text says so."""


class OnlyTheWeb(urllib.request.HTTPRedirectHandler):
    """Follows to http and https alone, and never from https back to http."""

    def redirect_request(  # noqa: PLR0917  the library calls it so
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        scheme = newurl.partition(":")[0].lower()
        if scheme != "https" and (scheme != "http" or req.type == "https"):
            raise NotSafe(f"the server redirects to {newurl[:60]}, which is not safe to follow")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def asked(address: str, headers: Mapping[str, str], seconds: float) -> HTTPResponse:
    """The answer to a GET, to be read and closed. Raises NotSafe, and what urllib raises."""
    request = urllib.request.Request(address, headers={"User-Agent": "bellgate", **headers})
    return _opened(request, seconds, OnlyTheWeb())


def told(address: str, what: Mapping[str, object]) -> None:
    """POST a small JSON object; any answer of 200 to 299 is good. Raises NotSent.

    A redirect is not followed: what it leads to would be asked and not told.
    """
    request = urllib.request.Request(
        address,
        json.dumps(what, ensure_ascii=False).encode(),
        {"User-Agent": "bellgate", "Content-Type": "application/json; charset=utf-8"},
    )
    _sent(request)


def called(address: str) -> None:
    """GET an address that only wants to be called. Raises NotSent."""
    _sent(urllib.request.Request(address, headers={"User-Agent": "bellgate"}))


def _sent(request: urllib.request.Request) -> None:
    try:
        with _opened(request, PATIENCE) as answer:
            answer.read(_ENOUGH)
    except urllib.error.HTTPError as e:
        raise NotSent(f"the server answers {e.code} {e.reason}") from e
    except urllib.error.URLError as e:
        raise NotSent(f"the server cannot be reached ({_reason(e)})") from e
    except TimeoutError as e:
        raise NotSent("the server takes too long") from e
    except (HTTPException, OSError, ValueError) as e:
        # Not in its own words, which may repeat the address: that may be a secret.
        raise NotSent(f"it cannot be asked ({type(e).__name__})") from e


def _reason(error: urllib.error.URLError) -> str:
    reason = error.reason
    return reason.strerror or str(reason) if isinstance(reason, OSError) else str(reason)


def _opened(
    request: urllib.request.Request, seconds: float, *more: urllib.request.BaseHandler
) -> HTTPResponse:
    """Without the handlers for files, FTP and data that urllib would bring."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        *more,
    ):
        opener.add_handler(handler)
    answer: HTTPResponse = opener.open(request, timeout=seconds)
    return answer
