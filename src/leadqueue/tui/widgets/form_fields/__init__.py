"""The fields of a decision's form, one module for each way of filling one in."""
