"""Run, test and host JavaScript edge functions from Python, with WebSockets that work."""

__version__ = "0.1.0"

__all__ = ["__version__"]
