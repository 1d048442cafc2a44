"""What people write back: the words by which they leave and return (CTIA), and those that ask for help."""

import re

_OUT = """stop stopall unsubscribe cancel end quit revoke optout opt-out stop-all remove parar pare alto cancelar baja
salir detener termine arret arrêt arreter arrêter desinscribir sair dung dừng halt 停止 退订"""
_IN = "start unstop optin opt-in subscribe resume empezar comenzar iniciar continuar alta inscribir retomar"
_HELP = "help info ayuda ajuda aide trogiup"
_PHRASES = {"opt out": "opt_out", "stop all": "opt_out", "no more": "opt_out", "no mas": "opt_out", "no más": "opt_out",
            "dar de baja": "opt_out", "opt in": "opt_in"}  # fmt: skip
WORDS = (
    dict.fromkeys(_OUT.split(), "opt_out") | dict.fromkeys(_IN.split(), "opt_in") | dict.fromkeys(_HELP.split(), "help")
)
#: What may stand beside any such word: "STOP please".
_POLITE = "please pls plz kindly thanks thank you now por favor gracias ya"
#: What may stand beside those that mean little else: "stop texting me", "remove me from this list".
_PLAIN_OUT = "stop stopall unsubscribe quit revoke optout opt-out remove parar pare"
_PLAIN_PHRASES = ("opt out", "stop all", "no more", "no mas", "no más")
_ABOUT = """me us my number texting text texts messaging message messages sms sending send all any these those the this
from of list mensajes mensaje textos de los estos enviar enviarme"""
_OUT_WORDS = {word for word, kind in (WORDS | _PHRASES).items() if kind == "opt_out"}
MOST_WORDS = 8


def read_word(text: str) -> str:
    """ "opt_out", "opt_in", "help", or "reply" for whatever is more than such a word and a few polite ones.

    "fin" alone is none: in English it is a word of many meanings; "fin por favor" is Spanish.
    """
    plain = re.sub(r"[\s.,;:!?¡¿\"'“”‘’()*#]+", " ", text[:200]).strip().casefold()
    return WORDS.get(plain) or _PHRASES.get(plain) or _read_polite(plain.split())


def _read_polite(words: list[str]) -> str:
    if len(words) > MOST_WORDS:
        return "reply"
    if words == ["fin", "por", "favor"]:
        return "opt_out"
    for beside, known in ((_POLITE, _OUT_WORDS), (f"{_POLITE} {_ABOUT}", {*_PLAIN_OUT.split(), *_PLAIN_PHRASES})):
        if " ".join(one for one in words if one not in beside.split()) in known:
            return "opt_out"
    return "reply"
