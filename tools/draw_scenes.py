"""Draws the scenes that played cameras loop: `python -m tools.draw_scenes`. Invented places, no picture of anybody.

Each is ten seconds of 640×360 at 15 frames a second, a key frame each second, with the frame's number burnt in.
"""

import fractions
import math
from collections.abc import Callable
from pathlib import Path

import av
from PIL import Image, ImageDraw, ImageFont

from watchbell.recorder.scene import BITS, FPS, SQUARE

WIDTH, HEIGHT, SECONDS = 640, 360, 10
FRAMES = FPS * SECONDS
TARGET = Path(__file__).parent.parent / "src" / "watchbell" / "recorder" / "scenes"
MOST_BYTES = 150_000
Colour = tuple[int, int, int]
Draw = ImageDraw.ImageDraw
COATS: tuple[Colour, ...] = ((62, 84, 122), (138, 70, 62), (78, 110, 84), (150, 128, 74), (92, 78, 118), (70, 72, 78))
SKIN: tuple[Colour, ...] = ((214, 178, 150), (160, 116, 86), (110, 78, 58), (228, 196, 168))
HAIR: tuple[Colour, ...] = ((44, 36, 32), (88, 62, 42), (28, 28, 30), (122, 96, 60))


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """`share` of `other` in `one`."""
    return tuple(round(a + (b - a) * share) for a, b in zip(one, other, strict=True))  # type: ignore[return-value]


def fade(draw: Draw, box: tuple[float, float, float, float], top: Colour, bottom: Colour) -> None:
    left, upper, right, lower = box
    for y in range(int(upper), int(lower)):
        share = (y - upper) / max(1, lower - upper)
        draw.line([(left, y), (right, y)], fill=mixed(top, bottom, share))


def figure(draw: Draw, x: float, y: float, tall: float, who: int, stride: float, is_facing: bool = True) -> None:
    """A person standing at (x, y), `tall` pixels high. stride: phase of the walk in turns, 0 while standing."""
    coat, skin, hair = COATS[who % len(COATS)], SKIN[who % len(SKIN)], HAIR[who % len(HAIR)]
    swing = math.sin(stride * math.tau) * tall * 0.11
    hip, shoulder, head = y - tall * 0.47, y - tall * 0.80, y - tall * 0.90
    wide = tall * 0.13
    draw.ellipse([x - wide * 1.7, y - tall * 0.03, x + wide * 1.7, y + tall * 0.03], fill=(74, 76, 80))
    for side, way in ((-1, swing), (1, -swing)):
        foot = (x + side * wide * 0.55 + way, y - max(0.0, way * side) * 0.15)
        draw.line([(x + side * wide * 0.45, hip), foot], fill=(46, 50, 60), width=max(2, round(tall * 0.085)))
    draw.rounded_rectangle([x - wide, shoulder, x + wide, hip + tall * 0.06], radius=wide * 0.6, fill=coat)
    for side, way in ((-1, -swing), (1, swing)):
        hand = (x + side * wide * 1.15 + way * 0.8, hip + tall * 0.04)
        draw.line([(x + side * wide * 0.95, shoulder + tall * 0.05), hand], fill=mixed(coat, (0, 0, 0), 0.18),
                  width=max(2, round(tall * 0.06)))  # fmt: skip
    size = tall * 0.085
    draw.ellipse([x - size, head - size, x + size, head + size], fill=skin)
    draw.pieslice([x - size * 1.08, head - size * 1.15, x + size * 1.08, head + size], 180 if is_facing else 150,
                  360 if is_facing else 390, fill=hair)  # fmt: skip


# -- a corridor with lockers ---------------------------------------------------------------------------------------

VANISH = (330.0, 120.0)


def deep(x: float, y: float, depth: float) -> tuple[float, float]:
    """A point of the front of the corridor, moved to `depth` (0 front, 1 the vanishing point)."""
    return x + (VANISH[0] - x) * depth, y + (VANISH[1] - y) * depth


def corridor_behind(draw: Draw) -> None:
    draw.rectangle([0, 0, WIDTH, HEIGHT], fill=(196, 196, 188))
    draw.polygon([(-60, -60), (700, -60), deep(700, -60, 0.82), deep(-60, -60, 0.82)], fill=(206, 208, 204))
    draw.polygon([(-60, 420), (700, 420), deep(700, 420, 0.82), deep(-60, 420, 0.82)], fill=(148, 150, 152))
    for number in range(9):
        depth = 1 - 1 / (1 + number * 0.45)
        draw.line([deep(-60, 420, depth), deep(700, 420, depth)], fill=(136, 138, 140), width=2)
        if number % 2:
            draw.polygon([deep(250, -60, depth), deep(390, -60, depth), deep(390, -60, depth + 0.05),
                          deep(250, -60, depth + 0.05)], fill=(246, 248, 244))  # fmt: skip
    for side, colour in ((-60, (84, 112, 140)), (700, (76, 102, 130))):
        for number in range(16):
            near, far = 1 - 1 / (1 + number * 0.2), 1 - 1 / (1 + (number + 1) * 0.2)
            if number in (6, 7, 12):
                draw.polygon([deep(side, 20, near), deep(side, 20, far), deep(side, 420, far), deep(side, 420, near)],
                             fill=(122, 92, 66))  # fmt: skip
                continue
            draw.polygon([deep(side, 70, near), deep(side, 70, far), deep(side, 400, far), deep(side, 400, near)],
                         fill=mixed(colour, (190, 196, 200), far * 0.5), outline=(56, 74, 94))  # fmt: skip
            middle = (near + far) / 2
            draw.line([deep(side, 215, middle), deep(side, 245, middle)], fill=(206, 212, 216), width=2)
    left, top = deep(-60, -60, 0.82)
    right, bottom = deep(700, 420, 0.82)
    draw.rectangle([left, top, right, bottom], fill=(188, 190, 184), outline=(120, 122, 120))
    draw.rectangle([left + 36, top + 24, left + 62, bottom], fill=(150, 182, 196), outline=(90, 96, 100))
    draw.rectangle([left + 64, top + 24, left + 90, bottom], fill=(150, 182, 196), outline=(90, 96, 100))
    draw.rectangle([left + 44, top + 10, left + 82, top + 20], fill=(176, 52, 46))


def corridor(draw: Draw, frame: int) -> None:
    walkers = []
    for who, (lane, pace, begins) in enumerate(((250, 1, 0.05), (420, -1, 0.55), (330, 1, 0.62), (170, -1, 0.2))):
        way = (begins + pace * frame / FRAMES) % 1
        walkers.append((0.80 - 0.72 * way if pace > 0 else 0.08 + 0.72 * way, lane, who, pace))
    for depth, lane, who, pace in sorted(walkers, reverse=True):
        x, y = deep(lane, 420, depth)
        figure(draw, x, y, 330 * (1 - depth) + 8, who, frame / 12 + who * 0.3, pace > 0)


# -- the entrance --------------------------------------------------------------------------------------------------


def entrance_behind(draw: Draw) -> None:
    fade(draw, (0, 0, WIDTH, 230), (214, 212, 204), (200, 198, 190))
    fade(draw, (0, 230, WIDTH, HEIGHT), (140, 134, 126), (166, 160, 150))
    draw.rectangle([200, 40, 470, 236], fill=(92, 96, 98))
    fade(draw, (208, 48, 462, 232), (188, 214, 232), (170, 190, 170))
    draw.polygon([(208, 200), (462, 200), (462, 232), (208, 232)], fill=(156, 160, 156))
    draw.rectangle([20, 196, 150, 300], fill=(116, 88, 62))
    draw.rectangle([12, 186, 158, 200], fill=(146, 114, 84))
    figure(draw, 84, 214, 92, 2, 0.0)
    draw.rectangle([12, 198, 158, 300], fill=(120, 92, 66))
    draw.rectangle([38, 214, 132, 244], fill=(226, 226, 220))
    draw.rectangle([540, 90, 610, 150], fill=(236, 238, 240), outline=(120, 124, 128))
    for row in range(4):
        draw.line([(548, 102 + row * 11), (602 - row * 6, 102 + row * 11)], fill=(150, 154, 160), width=3)
    draw.polygon([(230, 250), (440, 250), (476, 330), (190, 330)], fill=(84, 88, 92))


def entrance(draw: Draw, frame: int) -> None:
    way = frame / FRAMES
    opening = max(0.0, min(1.0, (way - 0.18) * 8, (0.50 - way) * 8))
    if 0.08 < way < 0.96:
        near = max(0.0, min(1.0, (way - 0.08) / 0.6))
        x = 336 + (120 if way < 0.7 else 120 + (way - 0.7) * 900) * max(0.0, near - 0.45)
        if way < 0.3:
            figure(draw, x, 214 + near * 70, 118 + near * 60, 0, frame / 11)
    for side in (-1, 1):
        left = 208 if side < 0 else 335
        shift = side * opening * 84
        box = [left + shift + (3 if side > 0 else 0), 48, left + 124 + shift, 234]
        box[0], box[2] = max(204, box[0]), min(466, box[2])
        if box[2] - box[0] > 6:
            draw.rectangle(box, outline=(66, 70, 74), width=5)
            handle = box[2] - 14 if side < 0 else box[0] + 14
            draw.line([(handle, 130), (handle, 166)], fill=(210, 214, 216), width=4)
    if 0.3 <= way < 0.96:
        near = min(1.0, (way - 0.08) / 0.6)
        x = 336 + max(0.0, near - 0.45) * -260
        figure(draw, x, 214 + near * 90, 118 + near * 80, 0, frame / 11 if way < 0.68 else 0.0)
    figure(draw, 560, 322, 168, 5, 0.02 * math.sin(frame / FRAMES * math.tau))


# -- the car park --------------------------------------------------------------------------------------------------


def car(draw: Draw, x: float, y: float, size: float, colour: Colour) -> None:
    long, high = size, size * 0.34
    draw.ellipse([x - long * 0.54, y - 5, x + long * 0.54, y + 8], fill=(72, 74, 76))
    draw.rounded_rectangle([x - long / 2, y - high, x + long / 2, y], radius=high * 0.35, fill=colour)
    draw.polygon([(x - long * 0.30, y - high), (x - long * 0.18, y - high * 1.75), (x + long * 0.20, y - high * 1.75),
                  (x + long * 0.34, y - high)], fill=mixed(colour, (30, 36, 44), 0.65))  # fmt: skip
    for wheel in (-0.3, 0.3):
        draw.ellipse([x + long * wheel - high * 0.3, y - high * 0.3, x + long * wheel + high * 0.3, y + high * 0.3],
                     fill=(34, 34, 36))  # fmt: skip


CARS: tuple[Colour, ...] = ((150, 44, 40), (208, 210, 212), (52, 72, 104), (92, 96, 98), (182, 176, 160), (44, 84, 70))


def parking_behind(draw: Draw) -> None:
    fade(draw, (0, 0, WIDTH, 90), (176, 198, 214), (206, 216, 220))
    draw.rectangle([0, 70, WIDTH, 104], fill=(96, 116, 86))
    draw.rectangle([380, 26, WIDTH, 104], fill=(168, 120, 94))
    for column in range(6):
        draw.rectangle([396 + column * 42, 44, 422 + column * 42, 70], fill=(76, 92, 106))
    fade(draw, (0, 104, WIDTH, HEIGHT), (118, 120, 122), (98, 100, 102))
    for row, (y, size) in enumerate(((150, 74), (330, 120))):
        for number in range(9):
            x = number * size * 1.12 - 20
            draw.line([(x, y + 14), (x - 20, y - size * 0.5)], fill=(196, 198, 196), width=3)
            if (number + row * 2) % 4 != 1:
                car(draw, x + size * 0.55, y, size * 0.86, CARS[(number + row * 3) % len(CARS)])
    for x in (90, 500):
        draw.line([(x, 104), (x, 6)], fill=(70, 74, 76), width=5)
        draw.line([(x, 8), (x + 34, 4)], fill=(70, 74, 76), width=5)


def parking(draw: Draw, frame: int) -> None:
    way = frame / FRAMES
    car(draw, -120 + way * 880, 232, 124, (64, 96, 150))
    figure(draw, 620 - way * 420, 196, 62, 3, frame / 9)
    if way > 0.3:
        figure(draw, 60 + (way - 0.3) * 300, 268, 84, 1, frame / 10)


# -- the cafeteria -------------------------------------------------------------------------------------------------


def table(draw: Draw, x: float, y: float, wide: float, seats: int) -> None:
    for seat in range(3):
        if (seats >> seat) & 1:
            figure(draw, x - wide * 0.32 + seat * wide * 0.32, y + wide * 0.14, wide * 0.52, seats + seat * 2, 0.0)
    draw.polygon([(x - wide / 2, y + wide * 0.20), (x - wide * 0.42, y), (x + wide * 0.42, y),
                  (x + wide / 2, y + wide * 0.20)], fill=(198, 176, 140), outline=(150, 130, 98))  # fmt: skip
    draw.rectangle([x - wide / 2, y + wide * 0.20, x + wide / 2, y + wide * 0.25], fill=(160, 138, 104))
    for leg in (-0.4, 0.4):
        draw.line([(x + wide * leg, y + wide * 0.25), (x + wide * leg, y + wide * 0.44)], fill=(90, 92, 94), width=4)


def cafeteria_behind(draw: Draw) -> None:
    fade(draw, (0, 0, WIDTH, 132), (222, 216, 200), (210, 204, 188))
    fade(draw, (0, 132, WIDTH, HEIGHT), (158, 152, 142), (182, 176, 164))
    for column in range(5):
        draw.rectangle([24 + column * 92, 18, 92 + column * 92, 90], fill=(178, 206, 222), outline=(140, 146, 148))
    draw.rectangle([500, 40, WIDTH, 132], fill=(150, 154, 158))
    draw.rectangle([508, 48, WIDTH, 92], fill=(92, 96, 102))
    figure(draw, 580, 132, 84, 4, 0.0)
    draw.rectangle([500, 92, WIDTH, 140], fill=(186, 190, 194))
    for x, y, wide, seats in ((110, 142, 120, 5), (270, 142, 120, 6), (420, 146, 120, 1)):
        table(draw, x, y, wide, seats)


def cafeteria(draw: Draw, frame: int) -> None:
    way = frame / FRAMES
    figure(draw, 500 - way * 420, 236, 132, 0, frame / 12)
    for x, y, wide, seats in ((150, 236, 180, 3), (430, 240, 180, 6)):
        table(draw, x, y, wide, seats)
    figure(draw, 20 + way * 640, 352, 196, 1, frame / 13)


SCENES: dict[str, tuple[Callable[[Draw], None], Callable[[Draw, int], None], str]] = {
    "corridor": (corridor_behind, corridor, "CORRIDOR"),
    "entrance": (entrance_behind, entrance, "ENTRANCE"),
    "parking": (parking_behind, parking, "CAR PARK"),
    "cafeteria": (cafeteria_behind, cafeteria, "CAFETERIA"),
}


def burn_in(draw: Draw, frame: int, name: str) -> None:
    """The frame's number in squares, and in words what this is."""
    lit = [bool(frame >> bit & 1) for bit in range(BITS)] + [True, False]
    for number, is_lit in enumerate(lit):
        colour = (255, 255, 255) if is_lit else (0, 0, 0)
        draw.rectangle([number * SQUARE, 0, number * SQUARE + SQUARE - 1, SQUARE - 1], fill=colour)
    font = ImageFont.load_default(13)
    draw.rectangle([500, 340, WIDTH, HEIGHT], fill=(24, 26, 30))
    draw.text((508, 343), f"DRAWN  {name}", font=font, fill=(214, 218, 222))


def draw_scene(name: str, quality: int) -> bytes:
    """The scene as H.264 in Annex B, a delimiter before each frame. quality: x264's crf, less is better."""
    behind, moving, words = SCENES[name]
    still = Image.new("RGB", (WIDTH, HEIGHT))
    behind(ImageDraw.Draw(still))
    codec = av.CodecContext.create("libx264", "w")
    codec.width, codec.height, codec.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    codec.time_base, codec.framerate = fractions.Fraction(1, FPS), fractions.Fraction(FPS, 1)
    codec.options = {
        "preset": "veryslow", "tune": "animation", "crf": str(quality), "profile": "main", "threads": "1",
        "x264-params": f"keyint={FPS}:min-keyint={FPS}:scenecut=0:bframes=0:aud=1:threads=1:info=0",
    }  # fmt: skip
    out = b""
    for number in range(FRAMES):
        picture = still.copy()
        draw = ImageDraw.Draw(picture)
        moving(draw, number)
        burn_in(draw, number, words)
        frame = av.VideoFrame.from_image(picture)
        frame.pts = number
        out += b"".join(bytes(packet) for packet in codec.encode(frame))
    return out + b"".join(bytes(packet) for packet in codec.encode(None))


def main() -> None:
    TARGET.mkdir(exist_ok=True)
    for name in SCENES:
        tries = (draw_scene(name, quality) for quality in range(26, 45, 2))
        raw = next(one for one in tries if len(one) <= MOST_BYTES)
        (TARGET / f"{name}.h264").write_bytes(raw)
        print(f"{name}: {len(raw):,} bytes, {len(raw) * 8 / SECONDS / 1000:.0f} kbit/s")


if __name__ == "__main__":
    main()
