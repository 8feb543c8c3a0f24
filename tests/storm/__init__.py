"""The whole desk in a storm of faults: real processes, real servers, readers of every kind."""
