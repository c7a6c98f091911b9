"""Kernels of the book's build and tests: they leave no history and log only errors."""

c = get_config()  # noqa: F821 -- IPython defines it
c.HistoryManager.enabled = False
c.IPKernelApp.log_level = 40
