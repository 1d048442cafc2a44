"""Badges heard by BLE gateways that relay advertisements as JSON, over MQTT and HTTP."""
