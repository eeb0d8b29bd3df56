"""Small pieces of HTML in which every value is escaped, for what Streamlit has no element for."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup, escape

from ui.look import ROLE_ICONS, role_colour


def piece(form: str, /, **values: object) -> Markup:
    """A piece of HTML with values filled in; a value that is no `Markup` is escaped."""
    return Markup(form).format(**{name: escape(value) for name, value in values.items()})


def joined(pieces: Iterable[Markup], between: str = "") -> Markup:
    """Pieces one after the other."""
    return Markup(between).join(pieces)


def role_mark(role: str, title: str) -> Markup:
    """A role's icon and name in its colour."""
    return piece(
        '<span class="dr-role" style="--role:{colour}"><span class="dr-icon" aria-hidden="true">'
        "{icon}</span>{title}</span>",
        colour=role_colour(role),
        icon=ROLE_ICONS.get(role, "person"),
        title=title,
    )
