"""Pages of cameras."""

from watchbell.field.video.pages.listing import cameras_page, looks_page, wall_page
from watchbell.field.video.pages.looking import camera_page, end, look, near_part, renew, try_out

__all__ = [
    "camera_page", "cameras_page", "end", "look", "looks_page", "near_part", "renew", "try_out", "wall_page",
]  # fmt: skip
