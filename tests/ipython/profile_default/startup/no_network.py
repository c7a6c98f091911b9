"""Refuse every connection of a notebook that leaves this machine."""

import sys


def _refuse_other_hosts(event, arguments):
    """Raise when an audited socket call names a host that is not this machine."""
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    if host not in (None, "", "localhost", "127.0.0.1", "::1", b"localhost", b"127.0.0.1"):
        raise RuntimeError(
            f"a notebook asked for the host {host!r}, and notebooks run without a network: "
            "use load_digits(), or set LENET_MNIST_DIR to a folder with the MNIST files"
        )


sys.addaudithook(_refuse_other_hosts)
del sys, _refuse_other_hosts  # a page must import what it uses
