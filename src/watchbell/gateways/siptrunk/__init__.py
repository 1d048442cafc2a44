"""Calls people through a SIP trunk: says what happens, hears who has answered and which key they press."""
