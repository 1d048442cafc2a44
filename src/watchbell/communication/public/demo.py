"""The demo district's newsrooms and what its pages say of it."""

from watchbell.communication.public.actions import load_media, save_site
from watchbell.kernel.changes import recorded_change
from watchbell.kernel.permissions import Actor

NEWSROOMS = (
    ("KCVL TV 8", "News desk", "desk@kcvl.invalid", "+15735550801", ["tv", "local"]),
    ("Cedar Valley Ledger", "Priya Nair", "priya.nair@ledger.invalid", "+15735550802", ["print", "local"]),
    ("Radio Tallgrass 91.3", "Morning show", "studio@tallgrass.invalid", "+15735550803", ["radio"]),
    ("La Voz de la Pradera", "Marisol Vega", "marisol@lavoz.invalid", "+15735550804", ["print", "spanish"]),
    ("Associated wire, state bureau", "", "state.desk@wire.invalid", "", ["wire"]),
)


def load(actor: Actor) -> int:
    """Writes the media list and the pages' own words; how many newsrooms."""
    save_site(actor, base_url="", contact="District office, 573-555-0100", same="029159", languages="en es")
    rows = [
        {"newsroom": newsroom, "name": name, "email": email, "phone": phone, "tags": tags}
        for newsroom, name, email, phone, tags in NEWSROOMS
    ]
    with recorded_change(actor, "demo.load_media"):
        return load_media(rows)
