"""The files that set browsers and hand out the certificate: for programs, not to be read aloud.

Pure. Source: Chrome Enterprise policy list, Edge policy list, policy-templates of Firefox, Apple's
Configuration Profile Reference (com.apple.security.root), looked up in November 2026.
"""

import json
import plistlib
import ssl
import uuid
from collections.abc import Mapping
from typing import Final

from bellgate.gateway.dns import WPAD_IN_FULL

CHROME: Final[Mapping[str, object]] = {
    "DnsOverHttpsMode": "off",
    "EncryptedClientHelloEnabled": False,
}
"""For Chrome, Chromium and Edge alike."""
_FIREFOX: Final[Mapping[str, object]] = {
    "DNSOverHTTPS": {"Enabled": False, "Locked": True},
    "DisableEncryptedClientHello": True,
    "Certificates": {"ImportEnterpriseRoots": True},
}
PAC: Final = f"http://{WPAD_IN_FULL}/wpad.dat"
"""Where a gateway with `proxy: yes` serves its PAC file."""
_KEYS: Final = (r"Google\Chrome", r"Microsoft\Edge")
# Ours, made once: the same certificate always gives the same profile, which replaces itself.
_SPACE: Final = uuid.UUID("5f0b7c3e-8f0a-4b59-9a5a-6f3e2f6d2c11")


def browser_files(*, proxy: bool) -> dict[str, bytes]:
    """By their names: JSON for Chrome on Linux and for Firefox, a .reg file for Windows."""
    chrome: dict[str, object] = dict(CHROME)
    firefox: dict[str, object] = dict(_FIREFOX)
    if proxy:
        chrome |= {"ProxyMode": "pac_script", "ProxyPacUrl": PAC}
        firefox["Proxy"] = {"Mode": "autoConfig", "AutoConfigURL": PAC, "Locked": True}
    return {
        "browsers-chrome.json": _json(chrome),
        "browsers-firefox.json": _json({"policies": firefox}),
        "browsers-windows.reg": _registry(chrome),
    }


def certificate_files(pem: str, school: str) -> dict[str, bytes]:
    """The root as devices take it: DER for Windows and Android, a profile for iPads and Macs."""
    der = ssl.PEM_cert_to_DER_cert(pem)
    return {
        "certificate.crt": der,
        "certificate.pem": pem.encode(),
        "certificate.mobileconfig": _profile(der, school),
    }


def _json(policies: Mapping[str, object]) -> bytes:
    return (json.dumps(policies, indent=2) + "\n").encode()


def _registry(policies: Mapping[str, object]) -> bytes:
    """UTF-16 with a mark of its byte order, and Windows line ends, as regedit writes it."""
    lines = ["Windows Registry Editor Version 5.00", ""]
    for key in _KEYS:
        lines.append(rf"[HKEY_LOCAL_MACHINE\SOFTWARE\Policies\{key}]")
        lines += [f'"{name}"={_registry_value(value)}' for name, value in policies.items()]
        lines.append("")
    return "\r\n".join(lines).encode("utf-16")


def _registry_value(value: object) -> str:
    return f"dword:{value:08x}" if isinstance(value, bool) else f'"{value}"'


def _profile(der: bytes, school: str) -> bytes:
    """A configuration profile that holds the root and nothing else."""
    content = str(uuid.uuid5(_SPACE, der.hex()))
    whole = str(uuid.uuid5(_SPACE, content))
    return plistlib.dumps(
        {
            "PayloadType": "Configuration",
            "PayloadVersion": 1,
            "PayloadIdentifier": f"bellgate.{whole}",
            "PayloadUUID": whole,
            "PayloadDisplayName": f"Certificate of {school}",
            "PayloadDescription": "Lets this device show a page in place of a closed site.",
            "PayloadOrganization": school,
            "PayloadContent": [
                {
                    "PayloadType": "com.apple.security.root",
                    "PayloadVersion": 1,
                    "PayloadIdentifier": f"bellgate.{content}",
                    "PayloadUUID": content,
                    "PayloadDisplayName": f"{school}: Bellgate",
                    "PayloadCertificateFileName": "certificate.crt",
                    "PayloadContent": der,
                }
            ],
        }
    )
