"""Tells 911 centres and police by NENA EIDO (STA-021.1b), and hears back who has it and which units come."""
