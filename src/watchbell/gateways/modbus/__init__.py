"""Wall buttons and strobes on Modbus/TCP I/O modules."""
