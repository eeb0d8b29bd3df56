"""Runs the app in this process, with its worker: `python -m ui --port 8501`.

`reviewer app` starts it like this.
"""

from __future__ import annotations

import argparse
import threading
from pathlib import Path

from streamlit.web import cli

from ui.door import warm

APP = Path(__file__).with_name("app.py")


def arguments(port: int, address: str) -> list[str]:
    """What `streamlit` is asked to run: nothing leaves the machine, reruns stay quick.

    Theme and everything else come from the `.streamlit` folder beside the script.
    """
    flags = {
        "server.port": port,
        "server.address": address,
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
        "runner.postScriptGC": "false",
        "global.developmentMode": "false",
    }
    return ["run", str(APP), *(f"--{name}={value}" for name, value in flags.items())]


def main() -> None:
    """Parses the address, starts the worker beside the server, and serves until stopped."""
    parser = argparse.ArgumentParser(prog="python -m ui", description="The Streamlit app.")
    parser.add_argument("--port", type=int, default=8501)
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--no-worker", action="store_true")
    asked = parser.parse_args()
    threading.Thread(
        target=warm, kwargs={"worker": not asked.no_worker}, name="warm", daemon=True
    ).start()
    cli.main(arguments(asked.port, asked.address), prog_name="streamlit")


if __name__ == "__main__":
    main()
