"""One colour and one icon a role, and the shape of each severity: the same on every screen."""

from __future__ import annotations

from reviewer.domain.finding import Severity

ROLE_COLOURS: dict[str, str] = {
    "scalability": "#1d5fa8",
    "latency": "#8a5200",
    "compliance": "#7a3b93",
    "legacy_integration": "#86405a",
    "reliability": "#1f6b57",
    "chair": "#4a5568",
}
"""As in the exports; text takes them mixed with the colour of the theme's text."""

_OTHERS = ("#5b6b00", "#00687a", "#8c3a2b")

ROLE_ICONS: dict[str, str] = {
    "scalability": "stacks",
    "latency": "timer",
    "compliance": "verified_user",
    "legacy_integration": "lan",
    "reliability": "health_and_safety",
    "chair": "edit_note",
}

SEVERITY_SHAPES: dict[str, str] = {
    Severity.CRITICAL: "◆",
    Severity.HIGH: "▲",
    Severity.MEDIUM: "●",
    Severity.LOW: "○",
}


def role_colour(role: str) -> str:
    """The colour of a role; a role added later gets one of its own by its name."""
    return ROLE_COLOURS.get(role) or _OTHERS[sum(role.encode()) % len(_OTHERS)]
