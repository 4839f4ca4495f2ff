"""The command line: one module per command group; stdout is data, stderr is narration."""
