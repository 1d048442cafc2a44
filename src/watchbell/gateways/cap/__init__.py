"""Gives the county's alerting authority Common Alerting Protocol messages: pushed, and as a feed it can poll."""
