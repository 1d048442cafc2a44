"""Sends text messages through carriers, over SMPP 3.4 or a Twilio-shaped API, and hears what people answer."""
