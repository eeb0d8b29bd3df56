"""One colour a role, everywhere; each has a contrast of at least 4.5 to 1 on white."""

from __future__ import annotations

ROLE_COLOURS: dict[str, str] = {
    "scalability": "#1d5fa8",
    "latency": "#8a5200",
    "compliance": "#7a3b93",
    "legacy_integration": "#86405a",
    "reliability": "#1f6b57",
    "chair": "#4a5568",
}
FAILS = "#b3261e"
HOLDS = "#1f6b57"
