"""What people write back: the words by which they leave and return (CTIA), and those that ask for help."""

import re

_OUT = """stop stopall unsubscribe cancel end quit revoke optout opt-out stop-all remove parar pare alto cancelar baja
salir detener fin termine arret arrêt arreter arrêter desinscribir sair dung dừng halt 停止 退订"""
_IN = "start unstop optin opt-in subscribe resume empezar comenzar iniciar continuar alta inscribir retomar"
_HELP = "help info ayuda ajuda aide trogiup"
_PHRASES = {"opt out": "opt_out", "stop all": "opt_out", "no more": "opt_out", "no mas": "opt_out", "no más": "opt_out",
            "dar de baja": "opt_out", "opt in": "opt_in"}  # fmt: skip
WORDS = (
    dict.fromkeys(_OUT.split(), "opt_out") | dict.fromkeys(_IN.split(), "opt_in") | dict.fromkeys(_HELP.split(), "help")
)


def read_word(text: str) -> str:
    """ "opt_out", "opt_in", "help", or "reply" for whatever is more than such a word alone."""
    plain = re.sub(r"[\s.,;:!?¡¿\"'“”‘’()*#]+", " ", text[:200]).strip().casefold()
    return WORDS.get(plain) or _PHRASES.get(plain) or "reply"
