"""Signs and strobes that take their orders over MQTT."""
