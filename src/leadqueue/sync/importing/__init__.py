"""Leads from CSV files: mapping, reading, sending."""
