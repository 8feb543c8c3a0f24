"""The product's version, as pyproject.toml has it: the desk also runs from a clone that was never installed."""

VERSION = "0.1.0"
