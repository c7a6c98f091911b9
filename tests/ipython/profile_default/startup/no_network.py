"""Refuse every connection of a notebook that leaves this machine."""

import sys


def _refuse_other_hosts(event, arguments):
    """Raise when an audited socket call names a host that is not this machine."""
    if event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        host = arguments[0]
    elif event == "socket.getnameinfo":
        host = arguments[0][0]
    elif event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # else a file or a pair
    else:
        return
    name = host.decode(errors="replace") if isinstance(host, (bytes, bytearray)) else host
    if name not in (None, "", "localhost", "127.0.0.1", "::1"):
        raise RuntimeError(
            f"a notebook asked for the host {name!r}, and notebooks run without a network: "
            "use load_digits(), or set LENET_MNIST_DIR to a folder with the MNIST files"
        )


sys.addaudithook(_refuse_other_hosts)
del sys, _refuse_other_hosts  # a page must import what it uses
