"""Three namespaces for the benchmarks: clients, the gateway with a proxy, a bare server beyond it.

What the clients send to port 443 is diverted in the kernel to whichever proxy is measured, as on a
school's gateway. Nothing is resolved. `dial` speaks no real TLS, so that only the proxy has work to
do; `shake_hands` is wrk and nginx, as anybody's clients and servers are.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.lab.namespace import Namespace
from tests.lab.school import SAMPLE, TOP

SERVERS = "203.0.113."
HOSTS = 250
GATE_PORT, OTHER_PORT, SQUID_PORT = 8081, 8082, 8083
LISTED = "www.facebook.com"
ALLOWED = "www.example{:03}.org"
"""Each leads to one of the servers, as the gate will want to see."""

# Reads what a connection opens with, closes what is listed, and hands on the rest unread.
_SQUID = f"""\
https_port {SQUID_PORT} intercept ssl-bump tls-cert=FOLDER/squid.pem generate-host-certificates=off
http_port 127.0.0.1:3128
visible_hostname bench
acl hello at_step SslBump1
acl listed ssl::server_name .facebook.com
ssl_bump peek hello
ssl_bump terminate listed
ssl_bump splice all
http_access allow all
access_log none
cache_log /dev/null
pinger_enable off
cache deny all
pid_filename none
memory_cache_shared off
shutdown_lifetime 0 seconds
"""

# A server as they are: a whole handshake for each connection, and the answer in it.
_NGINX = """\
daemon off;
worker_processes 1;
pid FOLDER/pid;
error_log /dev/null;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path FOLDER; proxy_temp_path FOLDER; fastcgi_temp_path FOLDER;
  uwsgi_temp_path FOLDER; scgi_temp_path FOLDER;
  server {
    listen 4444 ssl backlog=4096;
    ssl_certificate FOLDER/nginx.pem; ssl_certificate_key FOLDER/nginx.pem;
    ssl_session_cache off; ssl_session_tickets off; keepalive_timeout 0;
    location / { return 200 "It is there."; }
  }
}
"""
_TO_NGINX = (
    "table ip tls {\nchain pre {\ntype nat hook prerouting priority dstnat\n"
    f"ip daddr {SERVERS}{HOSTS} tcp dport 443 redirect to :4444\n}}\n}}"
)
_ANSWERED = re.compile(r"(\d+) requests in ([\d.]+)s")

_TICKS = os.sysconf("SC_CLK_TCK")


class Street:
    """`gate` and `mitmdump` start a proxy, `divert` sends the clients' connections to one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.gateway, self.clients = Namespace("gateway"), Namespace("clients")
        self.internet = Namespace("internet")
        self.gateway.write_hosts(
            {f"{SERVERS}{n}": [ALLOWED.format(n)] for n in range(1, HOSTS + 1)}
        )
        for cable, there in (("lan", self.clients), ("wan", self.internet)):
            self.gateway.ip(
                "link", "add", cable, "type", "veth", "peer", "name", cable, "netns", there.name
            )
            self.gateway.ip("link", "set", cable, "up")
        self.gateway.ip("addr", "add", "10.77.20.1/24", "dev", "lan")
        self.gateway.ip("addr", "add", "198.51.100.1/24", "dev", "wan")
        self.internet.ip("addr", "add", "198.51.100.2/24", "dev", "wan")
        self.internet.ip("link", "set", "wan", "up")
        self.gateway.ip("route", "add", f"{SERVERS}0/24", "via", "198.51.100.2")
        # All of them are the one server: so that no proxy runs out of ports towards an address, and
        # the kernel does not search long for a free one.
        self.internet.ip("route", "add", "local", f"{SERVERS}0/24", "dev", "lo")
        for host in range(10, 20):
            self.clients.ip("addr", "add", f"10.77.20.{host}/24", "dev", "lan")
        self.clients.ip("link", "set", "lan", "up")
        self.clients.ip("route", "add", "default", "via", "10.77.20.1")
        server = self.python(self.internet, "-m", "tests.bench.server")
        assert server.stdout is not None
        assert server.stdout.readline() == b"listening\n"

    def python(self, where: Namespace, *arguments: str | Path) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "PYTHONPATH": f"{TOP / 'addon'}:{TOP}"}
        return where.start(
            sys.executable, *arguments, cwd=TOP, env=environment, stdout=subprocess.PIPE
        )

    def gate(self, at: str = "2026-11-23 10:15") -> subprocess.Popen[bytes]:
        """The gate with the sample school and its whole catalogue."""
        schedules = self.folder / "schedules"
        shutil.copytree(SAMPLE, schedules)
        with (schedules / "school.yaml").open("a") as file:
            file.write("\ngate:\n  new_connections: 999999 a second\n  burst: 999999\n")
        gate = self.python(
            self.gateway, "-m", "bellgate.cli.main", "run", "--schedules", schedules,
            "--state", self.folder / "state", "--mode", f"transparent@:{GATE_PORT}", "--at", at,
        )  # fmt: skip
        assert gate.stdout is not None
        for line in gate.stdout:
            if line.startswith(b"Ready on"):
                return gate
        raise AssertionError("the gate did not start")

    def mitmdump(self) -> subprocess.Popen[bytes]:
        """mitmdump as somebody would run it who wants the same of it, and says no more."""
        return self.gateway.start(
            Path(sys.executable).with_name("mitmdump"), "--quiet", "--listen-port", str(OTHER_PORT),
            "--mode", "transparent", "--set", "connection_strategy=lazy",
            "--set", f"confdir={self.folder / 'mitmdump'}",
            "-s", TOP / "tests" / "bench" / "mitmdump_script.py",
            cwd=TOP, env={**os.environ, "PYTHONPATH": str(TOP / "addon")},
        )  # fmt: skip

    def nginx(self) -> None:
        """The last of the servers shakes hands from now on, by its name."""
        folder = self._pair("nginx")
        (folder / "nginx.conf").write_text(_NGINX.replace("FOLDER", str(folder)))
        self.internet.start("nginx", "-c", folder / "nginx.conf", stderr=subprocess.DEVNULL)
        assert self.internet.run("nft", _TO_NGINX).returncode == 0
        self.clients.write_hosts({f"{SERVERS}{HOSTS}": [ALLOWED.format(HOSTS)]})

    def shake_hands(self, seconds: float) -> tuple[int, float]:
        """How many connections shook hands and were answered, in how many seconds: thirty-two at
        once, each for one request."""
        done = self.clients.run(
            "wrk", "--threads", "1", "--connections", "32", "--duration", f"{seconds:.0f}s",
            "--header", "Connection: close", f"https://{ALLOWED.format(HOSTS)}/",
        )  # fmt: skip
        said = _ANSWERED.search(done.stdout)
        assert said, done.stdout + done.stderr
        return int(said[1]), float(said[2])

    def _pair(self, name: str) -> Path:
        """A folder with a key and a certificate of its own, in one file."""
        folder = self.folder / name
        folder.mkdir()
        pem, certificate = folder / f"{name}.pem", folder / "certificate.pem"
        make_pair = (
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
            "-nodes", "-days", "1", "-subj", "/CN=bench", "-keyout", pem, "-out", certificate,
        )  # fmt: skip
        subprocess.run(make_pair, check=True, capture_output=True)
        with pem.open("a") as file:
            file.write(certificate.read_text())
        return folder

    def squid(self) -> subprocess.Popen[bytes]:
        """Squid as a filter that peeks and splices: one process, as it comes."""
        folder = self._pair("squid")
        (folder / "squid.conf").write_text(_SQUID.replace("FOLDER", str(folder)))
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, "proxy")
        # A name of its own: what it shares in memory goes by that.
        return self.gateway.start(
            "squid", "-N", "-n", f"bench{os.getpid()}", "-f", folder / "squid.conf",
            stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def divert(self, port: int) -> None:
        rules = (
            "table ip bench {}\nflush table ip bench\ntable ip bench {\nchain pre {\n"
            "type nat hook prerouting priority dstnat\n"
            f'iifname "lan" tcp dport 443 redirect to :{port}\n}}\n}}'
        )
        done = self.gateway.run("nft", rules)
        assert done.returncode == 0, done.stderr

    def divert_nothing(self) -> None:
        done = self.gateway.run("nft", "table ip bench {}\ndelete table ip bench")
        assert done.returncode == 0, done.stderr

    def dial(self, seconds: float, *, name: str = ALLOWED, most: int = 10**9) -> tuple[int, float]:
        """Open and use connections for so long; how many were answered, in how many seconds."""
        dialler = self.python(
            self.clients,
            "-m",
            "tests.bench.clients",
            SERVERS,
            str(HOSTS),
            name,
            str(seconds),
            str(most),
        )
        said, _ = dialler.communicate(timeout=seconds + 60)
        answered, took = said.split()
        return int(answered), float(took)

    def remove(self) -> None:
        for namespace in (self.gateway, self.clients, self.internet):
            namespace.remove()


@contextmanager
def street() -> Iterator[Street]:
    with TemporaryDirectory(prefix="bellgate-bench-") as folder:
        found = Street(Path(folder))
        try:
            yield found
        finally:
            found.remove()


def cpu(process: subprocess.Popen[bytes]) -> float:
    """Seconds of processor that a process has used so far."""
    text = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(text[11]) + int(text[12])) / _TICKS


def resident(process: subprocess.Popen[bytes]) -> float:
    """Megabytes that a process holds now."""
    pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
