"""Chat models and other answerers, each behind the ports of `reviewer.ports`."""
