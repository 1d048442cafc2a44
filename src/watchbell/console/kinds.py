"""The words, icons and directives of the response states, as the console shows them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    word: str
    icon: str
    directive: str


#: The five actions and their directives: The "I Love U Guys" Foundation's Standard Response Protocol.
KINDS = {
    "hold": Kind("Hold", "door", "In your room or area, clear the halls"),
    "secure": Kind("Secure", "building-community", "Get inside, lock outside doors"),
    "lockdown": Kind("Lockdown", "lock", "Locks, lights, out of sight"),
    "evacuate": Kind("Evacuate", "run", "To the announced location"),
    "shelter": Kind("Shelter", "home-check", "Hazard and safety strategy"),
    "medical": Kind("Medical", "heartbeat", "Trained staff to the place named"),
    "staff_assist": Kind("Staff assist", "hand-stop", "Help is wanted, calmly"),
    "fire": Kind("Fire", "flame", "Leave by the nearest exit"),
    "call_911": Kind("911 call", "phone-call", "Somebody here has called 911: go and see"),
    "duress": Kind("Duress", "urgent", "Silent: do not call back, do not use the radio"),
}

#: mode → (icon, what the band says)
MODES = {
    "real": ("broadcast", "Real incident, not a drill"),
    "drill": ("flag", "Drill, no emergency"),
    "test": ("tool", "Test, no response"),
}

#: state word of anything → (tone, icon, what is shown). A word that is not here is shown plainly.
STATES = {
    "ok": ("good", "circle-check", "OK"),
    "online": ("good", "circle-check", "Online"),
    "active": ("good", "circle-check", "Active"),
    "done": ("good", "circle-check", "Done"),
    "safe": ("good", "circle-check", "Safe"),
    "locked": ("good", "lock", "Locked"),
    "closed": ("", "circle-minus", "Closed"),
    "open": ("warn", "alert-triangle", "Open"),
    "clearing": ("info", "hourglass", "Resetting"),
    "unlocked": ("warn", "lock-open", "Unlocked"),
    "forced": ("bad", "alert-octagon", "Forced open"),
    "asked": ("info", "send", "Asked"),
    "waiting": ("info", "hourglass", "Waiting"),
    "running": ("info", "loader", "Running"),
    "late": ("warn", "clock-exclamation", "Late"),
    "silent": ("warn", "plug", "Silent"),
    "degraded": ("warn", "alert-triangle", "Degraded"),
    "help": ("warn", "first-aid-kit", "Needs help"),
    "injured": ("bad", "first-aid-kit", "Somebody injured"),
    "missing": ("warn", "user-question", "Somebody missing"),
    "wait": ("", "circle-dashed", "Not reported"),
    "failed": ("bad", "circle-x", "Failed"),
    "expired": ("bad", "clock-exclamation", "Expired"),
    "offline": ("bad", "wifi-off", "Offline"),
    "down": ("bad", "circle-x", "Down"),
    "refused": ("bad", "shield-x", "Refused"),
    "disabled": ("", "circle-minus", "Off"),
    "unknown": ("", "help", "Unknown"),
    "draft": ("", "edit", "Draft"),
    "info": ("info", "info-circle", "Note"),
    "warn": ("warn", "alert-triangle", "Attention"),
    "bad": ("bad", "alert-octagon", "Problem"),
}


def kind_of(kind: str) -> Kind:
    """The words of `kind`; a kind of the district's own gets its name as the word."""
    return KINDS.get(kind) or Kind(kind.replace("_", " ").capitalize(), "alert-triangle", "")
