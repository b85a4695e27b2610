"""modelspec: neural networks written in YAML, compiled to standard .keras archives."""

__version__ = "0.1.0"
