"""Runs the app in this process, with its worker: `python -m ui --port 8501`.

`reviewer app` starts it like this. The settings are those of the program; a `.streamlit` folder
of whoever starts it may change the theme only.
"""

from __future__ import annotations

import argparse
import threading
from pathlib import Path
from typing import Any

from streamlit.web import bootstrap

from ui.door import start_worker

APP = Path(__file__).with_name("app.py")


def options(port: int, address: str) -> dict[str, Any]:
    """Streamlit's settings: nothing leaves the machine, reruns stay quick."""
    return {
        "server_port": port,
        "server_address": address,
        "server_headless": True,
        "server_fileWatcherType": "none",
        "browser_gatherUsageStats": False,
        "runner_postScriptGC": False,
        "runner_magicEnabled": False,
        "client_toolbarMode": "minimal",
        "client_showErrorDetails": "none",
        "global_developmentMode": False,
    }


def main() -> None:
    """Parses the address, starts the worker beside the server, and serves until stopped."""
    parser = argparse.ArgumentParser(prog="python -m ui", description="The Streamlit app.")
    parser.add_argument("--port", type=int, default=8501)
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--no-worker", action="store_true")
    asked = parser.parse_args()
    flags = options(asked.port, asked.address)
    bootstrap.load_config_options(flags)
    if not asked.no_worker:
        threading.Thread(target=start_worker, name="worker-start", daemon=True).start()
    bootstrap.run(str(APP), False, [], flags)


if __name__ == "__main__":
    main()
