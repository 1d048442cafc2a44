"""ANSI/SIA DC-09 receiver: alarm panels and panic communicators report over TCP and UDP, plain or AES."""
