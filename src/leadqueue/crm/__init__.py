"""Gateways to a CRM, all behind one protocol."""
