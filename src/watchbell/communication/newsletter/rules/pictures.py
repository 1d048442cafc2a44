"""An uploaded picture written anew: as small as mail needs it, without what a camera notes in it."""

import io

from PIL import Image, ImageOps, UnidentifiedImageError

from watchbell.communication.newsletter.facts import (
    MOST_PICTURE_BYTES,
    MOST_PICTURE_PIXELS,
    PICTURE_WIDTH,
    Cleaned,
)


def clean_picture(raw: bytes) -> Cleaned | str:
    """The picture, or why it cannot be taken. Total: any bytes give one or the other."""
    if len(raw) > MOST_PICTURE_BYTES:
        return "The picture is larger than 3 MB."
    try:
        with Image.open(io.BytesIO(raw), formats=("PNG", "JPEG", "WEBP")) as picture:
            if picture.width * picture.height > MOST_PICTURE_PIXELS:
                return "The picture has more than 60 million pixels."
            return _written(ImageOps.exif_transpose(picture))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError, EOFError,
            ArithmeticError, IndexError, TypeError, KeyError):  # fmt: skip
        return "The file is no PNG, JPEG or WebP picture."


def _written(picture: Image.Image) -> Cleaned:
    """PNG where something is transparent, else JPEG; at most as wide as a mail needs."""
    is_clear = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
    made = picture.convert("RGBA" if is_clear else "RGB")
    if made.width > PICTURE_WIDTH:
        height = max(1, round(made.height * PICTURE_WIDTH / made.width))
        made = made.resize((PICTURE_WIDTH, height))
    bare = Image.new(made.mode, made.size)
    bare.paste(made)
    out = io.BytesIO()
    bare.save(out, "PNG") if is_clear else bare.save(out, "JPEG", quality=84, optimize=True)
    return Cleaned("image/png" if is_clear else "image/jpeg", out.getvalue(), bare.width, bare.height)
