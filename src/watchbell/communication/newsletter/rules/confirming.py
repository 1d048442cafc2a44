"""The words of the mail that asks whether an address is its owner's wish."""

from watchbell.communication.newsletter.rules.letters import plain

#: language → (subject, why, what to do, how long and what if not, already)
WORDS = {
    "en": ("Please confirm your subscription", "Somebody, we hope you, asked for the newsletter of {district}.",
           "Confirm here:", "The link works for 3 days. If it was not you, do nothing: you get no further mail.",
           "You get the newsletter already. Change your topics or leave here:"),
    "es": ("Confirme su suscripción", "Alguien, esperamos que usted, pidió el boletín de {district}.",
           "Confirme aquí:", "El enlace vale 3 días. Si no fue usted, no haga nada: no recibirá más correos.",
           "Ya recibe el boletín. Cambie sus temas o dese de baja aquí:"),
}  # fmt: skip


def confirm_text(language: str, district: str, link: str) -> tuple[str, str]:
    """(subject, text) for an address that is not confirmed."""
    subject, why, do, until, _ = WORDS.get(language, WORDS["en"])
    why = why.format(district=plain(district))
    return subject, f"{why}\n\n{do}\n{link}\n\n{until}\n"


def already_text(language: str, district: str, link: str) -> tuple[str, str]:
    """(subject, text) for one that is. The subject is the same, so that a look over a shoulder tells nothing."""
    subject, why, _, _, already = WORDS.get(language, WORDS["en"])
    why = why.format(district=plain(district))
    return subject, f"{why}\n\n{already}\n{link}\n"
