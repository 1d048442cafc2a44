"""Calls people by telephone through a Twilio-shaped carrier: says what happens and asks for a key to be pressed."""
