"""The recorder: takes cameras' streams as they are and hands pictures on, live. Knows wire and line only."""
