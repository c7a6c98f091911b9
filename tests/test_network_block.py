"""The kernels of the book's build and tests reach this machine and no other."""

import subprocess
import sys
from pathlib import Path

STARTUP = Path(__file__).parent / "ipython" / "profile_default" / "startup" / "no_network.py"
OTHER = "('192.0.2.1', 9)"  # an address that no machine has (RFC 5737)
UDP = "socket.socket(type=socket.SOCK_DGRAM)"
REFUSED = [
    "socket.getaddrinfo('host.invalid', 80)",
    "socket.getaddrinfo(b'host.invalid', 80)",
    "socket.gethostbyname('host.invalid')",
    "socket.gethostbyname_ex('host.invalid')",
    "socket.gethostbyaddr('192.0.2.1')",
    f"socket.getnameinfo({OTHER}, 0)",
    f"socket.create_connection({OTHER}, 0.1)",
    f"{UDP}.connect({OTHER})",
    f"{UDP}.connect_ex({OTHER})",
    f"{UDP}.sendto(b'', {OTHER})",
    f"{UDP}.sendto(b'', 0, {OTHER})",
    f"{UDP}.sendmsg([b''], [], 0, {OTHER})",
    "urllib.request.urlopen('http://host.invalid/')",
]
ALLOWED = [
    "socket.getaddrinfo('localhost', 80)",
    "socket.getaddrinfo(None, 80)",
    "socket.gethostbyname('localhost')",
    "socket.gethostbyname('127.0.0.1')",
    f"{UDP}.connect(('127.0.0.1', 9))",
    f"{UDP}.sendto(b'', ('127.0.0.1', 9))",
    f"{UDP}.sendmsg([b''], [], 0, ('127.0.0.1', 9))",
    "[end.sendmsg([b'x']) for end in socket.socketpair()]",
    "(lambda server: socket.create_connection(server.getsockname()))"
    "(socket.create_server(('127.0.0.1', 0)))",
]
ATTEMPT = """
import socket, urllib.request
for call in {calls!r}:
    try:
        eval(call)
    except Exception as error:
        print(type(error).__name__, "without a network" in str(error))
    else:
        print("done")
"""


def attempt(calls):
    """Make the calls in a new process that has run the start-up file; tell what came of each."""
    code = f"{STARTUP.read_text(encoding='utf-8')}\n{ATTEMPT.format(calls=calls)}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return dict(zip(calls, done.stdout.splitlines(), strict=True))


def test_every_way_to_another_host_is_refused():
    assert attempt(REFUSED) == dict.fromkeys(REFUSED, "RuntimeError True")


def test_this_machine_is_reached():
    assert attempt(ALLOWED) == dict.fromkeys(ALLOWED, "done")
