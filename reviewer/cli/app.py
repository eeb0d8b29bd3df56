"""`reviewer app`: the Streamlit app on this machine, with its worker."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import click

from reviewer.errors import InputError

_LOOPBACK = "127.0.0.1"


@click.command()
@click.option("--port", default=8501, show_default=True, help="On the loopback of this machine.")
@click.option("--no-worker", is_flag=True, help="Reviews are done by `reviewer worker` alone.")
def app(port: int, no_worker: bool) -> None:
    """Open the app for groups, individuals and instructors in a browser."""
    _check_free(port)
    command = [sys.executable, "-m", "ui", "--port", str(port), "--address", _LOOPBACK]
    if no_worker:
        command.append("--no-worker")
    click.echo(f"The app is at http://{_LOOPBACK}:{port} (stop it with Ctrl+C).", err=True)
    if os.name == "nt":
        sys.exit(subprocess.call(command))
    os.execv(sys.executable, command)  # signals reach the server itself


def _check_free(port: int) -> None:
    if not 0 < port < 65536:
        raise InputError(f"{port} is no port.", hint="Give --port a number from 1 to 65535.")
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_LOOPBACK, port))
        except OSError as error:
            raise InputError(
                f"The port {port} cannot be used: {error.strerror}.",
                hint="Give another one with --port, or open the app that runs there already.",
            ) from None
